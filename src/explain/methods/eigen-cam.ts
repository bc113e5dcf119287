import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../../models/index.js';
import { activationsInChunks, chunkSize, minMax, quotient, upsample, exactProduct } from '../ops/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { saliencyMethod } from '../method.js';

// A matrix squared so often is its power 2^24: enough to part eigenvalues that float32 can tell apart.
const squarings = 24;

/**
 * Eigen-CAM: the target layer's activations projected on their first principal component. Needs no class and no
 * gradient; costs one forward pass an image. Activations are centered channel by channel; the component's sign is the
 * one that makes its channel of largest magnitude positive.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, h, w], signed (the map is made of what is above 0)
 * @throws InvalidInput when an option is out of its range
 * @see Muhammad & Yeasin (2020), "Eigen-CAM: Class Activation Map using Principal Components"
 */
export const eigenCam = saliencyMethod(
  {
    name: 'eigen-cam',
    title: 'Eigen-CAM',
    reference: 'Muhammad & Yeasin (2020), Eigen-CAM, IJCNN, arXiv 2008.00299',
    needs: ['target layer'],
    classSpecific: false,
    options: {},
    cost: () => ({ queries: 1 }),
  },
  (
    classifier: Pick<Classifier, 'activations'>,
    images: tf.Tensor4D,
    options: Pick<CommonOptions, 'chunk'>,
  ): Maps => {
    const [, height, width] = images.shape;
    const chunk = chunkSize(options.chunk, images.shape);
    return tf.tidy(() => {
      const activations = activationsInChunks(classifier, images, chunk);
      const [count, rows, columns, channels] = activations.shape;
      const flat = tf.reshape<tf.Rank.R3>(activations, [count, rows * columns, channels]);
      const centered = tf.sub<tf.Tensor3D>(flat, tf.mean(flat, 1, true));
      const direction = firstDirection(centered);
      const raw = tf.reshape<tf.Rank.R3>(exactProduct(centered, direction), [count, rows, columns]);
      return { map: minMax(upsample(tf.relu(raw), [height, width])), raw, details: {} };
    });
  },
);

/**
 * The first right singular vector of each matrix, by repeated squaring of the smaller of its two Gram matrices: a fixed
 * number of steps, no start vector, the same for every batch.
 *
 * @param matrices [N, P, K]
 * @returns [N, K, 1] of length 1, its component of largest magnitude above 0; all 0 for a matrix of zeros
 */
export function firstDirection(matrices: tf.Tensor3D): tf.Tensor3D {
  const [, positions, channels] = matrices.shape;
  return tf.tidy(() => {
    const byPosition = positions < channels;
    // Brought to a size of about 1 first, so that no square overflows or vanishes.
    const scaled = unit(matrices);
    let power = unit(exactProduct(scaled, scaled, !byPosition, byPosition));
    for (let squaring = 0; squaring < squarings; squaring++) power = unit(exactProduct(power, power));
    // The power is now a multiple of v vᵀ: any column that is not 0 is v, the longest one most exactly.
    const side = power.shape[1];
    const diagonal = tf.sum(tf.mul(power, tf.eye(side)), 2);
    const longest = tf.equal(tf.range(0, side, 1, 'int32'), tf.expandDims(tf.argMax(diagonal, 1), 1));
    const vector = exactProduct(power, tf.cast(tf.expandDims(longest, 2), 'float32'));
    const direction = byPosition ? exactProduct(scaled, vector, true) : vector;
    const magnitude = tf.abs(direction);
    const largest = tf.equal(tf.range(0, channels, 1, 'int32'), tf.argMax(magnitude, 1));
    const component = tf.sum(tf.mul(direction, tf.cast(tf.expandDims(largest, 2), 'float32')), [1, 2], true);
    const length = tf.sqrt(tf.sum(tf.square(direction), [1, 2], true));
    return quotient(tf.mul(direction, tf.sign(component)), length);
  });
}

/** [N, a, b] divided by its largest absolute value. */
function unit(matrices: tf.Tensor3D): tf.Tensor3D {
  return quotient(matrices, tf.max(tf.abs(matrices), [1, 2], true));
}
