import * as tf from '@tensorflow/tfjs-core';
import { inChunks, sumInChunks } from './chunks.js';
import { inputGradient, type Differentiable } from './input-gradient.js';

/** Altered copies of images: S of each. */
export interface Samples {
  /** S. */
  count: number;
  /** Row numbers of images, int32 [n], and of samples, int32 [s], → copies [n, s, H, W, C]. */
  make(images: tf.Tensor1D, samples: tf.Tensor1D): tf.Tensor5D;
}

/**
 * Sums of the gradients at altered copies of each image, over these copies. Copies are made and looked at `chunk` at a
 * time, so memory grows neither with S nor with N.
 *
 * @param target int32 [N]
 * @param chunk the most copies in the network at once
 * @param term what is summed: from gradients [n, s, H, W, C] and the row numbers of their images (int32 [n]) to
 *   [n, s, H, W, D]; by default the gradients
 * @returns [N, H, W, D]; the caller owns it
 */
export function sumOverSamples(
  classifier: Differentiable,
  target: tf.Tensor1D,
  samples: Samples,
  chunk: number,
  term: (gradients: tf.Tensor5D, images: tf.Tensor1D) => tf.Tensor5D = (gradients) => gradients,
): tf.Tensor4D {
  const imagesAtOnce = Math.max(1, Math.floor(chunk / samples.count));
  return inChunks(target.shape[0], imagesAtOnce, (images) => {
    const samplesAtOnce = Math.max(1, Math.floor(chunk / images.shape[0]));
    const [sum] = sumInChunks(samples.count, samplesAtOnce, (rows) => {
      const copies = samples.make(images, rows);
      const [count, each, ...size] = copies.shape;
      const flat = tf.reshape<tf.Rank.R4>(copies, [count * each, ...size]);
      const classes = tf.reshape<tf.Rank.R1>(
        tf.tile(tf.expandDims(tf.gather(target, images), 1), [1, each]),
        [-1],
      );
      const gradients = tf.reshape<tf.Rank.R5>(inputGradient(classifier, flat, classes), copies.shape);
      return [tf.sum<tf.Tensor4D>(term(gradients, images), 1)];
    });
    return sum;
  });
}
