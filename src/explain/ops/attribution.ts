import * as tf from '@tensorflow/tfjs-core';
import type { Maps } from '../types.js';
import { minMax } from './min-max.js';

/**
 * Maps from what each pixel's channels contribute: the largest absolute value over the channels.
 *
 * @param attribution [N, H, W, C], signed
 * @param target int32 [N]
 * @returns raw [N, H, W], ≥ 0; details: `attribution` and `target` as they were given
 * @see Simonyan, Vedaldi & Zisserman (2013), "Deep Inside Convolutional Networks", section 3.1
 */
export function attributionMaps(attribution: tf.Tensor4D, target: tf.Tensor1D): Maps {
  return tf.tidy(() => {
    const raw = tf.max<tf.Tensor3D>(tf.abs(attribution), 3);
    return { map: minMax(raw), raw, details: { attribution, target } };
  });
}
