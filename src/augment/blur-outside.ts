import * as tf from '@tensorflow/tfjs-core';
import { blend, gaussianBlur } from '../explain/index.js';
import type { StageOptions } from './types.js';
import type { Staged } from './stage.js';

/**
 * Images with everything outside of their masks blurred; one whose mask is empty stays as it is (Eq. 5).
 *
 * @param images [N, H, W, C], float32: those that were staged, or the same before preprocessing
 * @returns [N, H, W, C]; the caller owns it
 */
export function blurOutside(
  images: tf.Tensor4D,
  { mask, zero }: Pick<Staged, 'mask' | 'zero'>,
  { blur }: Pick<StageOptions, 'blur'>,
): tf.Tensor4D {
  return tf.tidy(() => {
    const kept = tf.maximum<tf.Tensor3D>(mask, tf.reshape(tf.cast(zero, 'float32'), [-1, 1, 1]));
    return blend(images, gaussianBlur(images, blur), kept);
  });
}
