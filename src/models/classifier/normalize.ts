import * as tf from '@tensorflow/tfjs-core';
import type { Preprocessing } from './types.js';

/**
 * Pixels to the network's input: x = (pixel · scale − mean) / std, channels in the network's order.
 *
 * @param images [N, H, W, 3], RGB, or [N, H, W, 1], gray, 0..255, any numeric dtype; resized and cropped already. Gray
 *   pixels take the means over the channels of `mean` and `std`.
 * @returns float32, the shape of `images`; the caller owns it
 */
export function normalize(images: tf.Tensor4D, preprocessing: Preprocessing): tf.Tensor4D {
  const { channels, scale } = preprocessing;
  const isGray = images.shape[3] === 1;
  const [mean, std] = [preprocessing.mean, preprocessing.std].map((list) =>
    isGray ? [average(list)] : list,
  ) as [number[], number[]];
  return tf.tidy(() => {
    const pixels = tf.cast(images, 'float32');
    const ordered = channels === 'BGR' && !isGray ? tf.reverse(pixels, 3) : pixels;
    // One multiplication and one subtraction over the images.
    const factor = tf.tensor1d(std.map((deviation) => scale / deviation));
    const offset = tf.tensor1d(std.map((deviation, channel) => mean[channel]! / deviation));
    return tf.sub(tf.mul(ordered, factor), offset);
  });
}

function average(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
