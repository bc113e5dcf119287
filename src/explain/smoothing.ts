import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../models/index.js';
import {
  chunkSize,
  classIndices,
  minMax,
  noiseOptions,
  noisyCopies,
  type Differentiable,
} from './ops/index.js';
import type { Maps, Target } from './types.js';
import type { Method, MethodOptions } from './method.js';
import { complete } from './options.js';

/** Which altered copies of an image a map is averaged over; the image itself is always one of them. */
export interface Smoothing {
  /** Whether the mirrored image counts too (its map is mirrored back): false. */
  flip?: boolean;
  /** Noisy copies: 0. */
  samples?: number;
  /** Standard deviation of the noise as a share of the image's range of values: 0.15. */
  spread?: number;
  /** Of the noise: 0. */
  seed?: number;
}

/**
 * A method's map averaged over altered copies of each image, all for the class of the image as it is. Costs the method
 * once for each copy.
 *
 * @param run the method
 * @param images [N, H, W, C], preprocessed for the network
 * @param options of the method
 * @returns raw [N, H, W], the mean of the copies' maps, in [0, 1]; details: `target` int32 [N]
 * @throws InvalidInput when an option is out of its range
 * @see Smilkov et al. (2017), "SmoothGrad"; test-time augmentation
 */
export function smoothed(
  run: Method['run'],
  classifier: Classifier & Differentiable,
  images: tf.Tensor4D,
  options: MethodOptions,
  smoothing: Smoothing,
): Maps {
  const { flip = false, samples = 0, ...given } = smoothing;
  const { spread, seed } = noiseOptions;
  const noise = complete({ spread, seed }, given) as { spread: number; seed: number };
  const chunk = chunkSize(options['chunk'] as number | undefined, images.shape);
  return tf.tidy(() => {
    const target = classIndices(classifier, images, options['target'] as Target | undefined, chunk);
    const mapOf = (copies: tf.Tensor4D): tf.Tensor3D =>
      tf.tidy(() => run(classifier, copies, { ...options, target }).map);
    const both = (copies: tf.Tensor4D): tf.Tensor3D[] =>
      flip ? [mapOf(copies), tf.reverse(mapOf(tf.reverse(copies, 2)), 2)] : [mapOf(copies)];
    const maps = both(images);
    if (samples > 0) {
      const noisy = noisyCopies(images, { ...noise, samples });
      const all = tf.range(0, images.shape[0], 1, 'int32');
      for (let sample = 0; sample < samples; sample++) {
        maps.push(...tf.tidy(() => both(tf.squeeze(noisy.make(all, tf.tensor1d([sample], 'int32')), [1]))));
      }
    }
    const raw = tf.div<tf.Tensor3D>(tf.addN(maps), maps.length);
    return { map: minMax(raw), raw, details: { target } };
  });
}
