import * as tf from '@tensorflow/tfjs-core';

/**
 * Bilinear resizing of maps with half-pixel centers and clamped edges, without antialiasing.
 *
 * @param maps [..., h, w], float32, any number of leading dimensions
 * @param size [H, W] of the result
 * @returns [..., H, W]; the caller owns it
 */
export function upsample<T extends tf.Tensor>(maps: T, size: [number, number]): T {
  const leading = maps.shape.slice(0, -2);
  const [height, width] = maps.shape.slice(-2) as [number, number];
  return tf.tidy(() => {
    const images = tf.reshape<tf.Rank.R4>(maps, [-1, height, width, 1]);
    const resized = tf.image.resizeBilinear(images, size, false, true);
    return tf.reshape(resized, [...leading, ...size]) as T;
  });
}
