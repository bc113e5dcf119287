import * as tf from '@tensorflow/tfjs-core';
import type { Preprocessing } from './types.js';

/**
 * Pixels to the network's input: x = (pixel · scale − mean) / std, channels in the network's order.
 *
 * @param images [N, H, W, 3], RGB, 0..255, any numeric dtype; resized and cropped already
 * @returns float32 [N, H, W, 3]; the caller owns it
 */
export function normalise(images: tf.Tensor4D, preprocessing: Preprocessing): tf.Tensor4D {
  const { channels, scale, mean, std } = preprocessing;
  return tf.tidy(() => {
    const pixels = tf.cast(images, 'float32');
    const ordered = channels === 'BGR' ? tf.reverse(pixels, 3) : pixels;
    // One multiplication and one subtraction over the images.
    const factor = tf.tensor1d(std.map((deviation) => scale / deviation));
    const offset = tf.tensor1d(std.map((deviation, channel) => mean[channel]! / deviation));
    return tf.sub(tf.mul(ordered, factor), offset);
  });
}
