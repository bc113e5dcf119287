import * as tf from '@tensorflow/tfjs-core';

/**
 * Images where the mask is 1, their baseline where it is 0 (Eq. 5): I · M + Ĩ · (1 − M).
 *
 * @param images [N, H, W, C]
 * @param baseline [N, H, W, C], finite
 * @param masks [N, H, W], values in [0, 1]
 * @returns [N, H, W, C]; the caller owns it
 */
export function blend(images: tf.Tensor4D, baseline: tf.Tensor4D, masks: tf.Tensor3D): tf.Tensor4D {
  return tf.tidy(() => {
    const kept = tf.expandDims(masks, 3);
    return tf.add(tf.mul(images, kept), tf.mul(baseline, tf.sub(1, kept)));
  });
}
