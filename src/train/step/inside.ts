import * as tf from '@tensorflow/tfjs-core';

/**
 * One rectangle an image.
 *
 * @param rectangles float32 [N, 4]: top, left, bottom, right, pixels; the last two are outside
 * @param size height and width of the images
 * @returns [N, H, W, 1], float32: 1 inside, 0 outside; the caller owns it
 */
export function inside(rectangles: tf.Tensor2D, [height, width]: [number, number]): tf.Tensor4D {
  return tf.tidy(() => {
    const [top, left, bottom, right] = tf.split(rectangles, 4, 1) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const within = (length: number, from: tf.Tensor, to: tf.Tensor): tf.Tensor => {
      const places = tf.reshape(tf.range(0, length), [1, length]);
      return tf.cast(tf.logicalAnd(tf.greaterEqual(places, from), tf.less(places, to)), 'float32');
    };
    const rows = tf.reshape(within(height, top, bottom), [-1, height, 1, 1]);
    const columns = tf.reshape(within(width, left, right), [-1, 1, width, 1]);
    return tf.mul<tf.Tensor4D>(rows, columns);
  });
}
