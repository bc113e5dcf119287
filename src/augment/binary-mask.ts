import * as tf from '@tensorflow/tfjs-core';
import { minMax, percentile } from '../explain/index.js';
import type { Threshold } from './types.js';

/**
 * The pixels whose saliency is strictly above the threshold.
 *
 * @param maps [N, H, W], float32, raw or normalized (min-max changes no mask beside rounding)
 * @returns [N, H, W], float32: 1 inside, 0 outside; a constant map gives 0. The caller owns it.
 */
export function binaryMask(maps: tf.Tensor3D, threshold: Threshold): tf.Tensor3D {
  return tf.tidy(() => {
    const inside =
      threshold === 'mean'
        ? tf.greater(maps, tf.mean(maps, [1, 2], true))
        : 'quantile' in threshold
          ? tf.greater(maps, percentile(maps, threshold.quantile * 100))
          : 'deviations' in threshold
            ? above(maps, threshold.deviations)
            : tf.greater(minMax(maps), threshold.fixed);
    return tf.cast(inside, 'float32') as tf.Tensor3D;
  });
}

/** Above the mean by more than so many standard deviations of the map (over n). */
function above(maps: tf.Tensor3D, deviations: number): tf.Tensor {
  const { mean, variance } = tf.moments(maps, [1, 2], true);
  return tf.greater(tf.sub(maps, mean), tf.mul(deviations, tf.sqrt(variance)));
}
