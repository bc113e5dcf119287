import * as tf from '@tensorflow/tfjs-core';

/** Rows and columns, int32 or float32 [n] each: from top to before bottom, from left to before right. */
export interface Rectangles {
  top: tf.Tensor;
  bottom: tf.Tensor;
  left: tf.Tensor;
  right: tf.Tensor;
}

/**
 * One rectangle an image; what reaches beyond the image is cut off.
 *
 * @param size [H, W]
 * @returns [n, H, W], float32: 1 inside, 0 outside; the caller owns it
 */
export function inRectangles(
  { top, bottom, left, right }: Rectangles,
  [height, width]: [number, number],
): tf.Tensor3D {
  return tf.tidy(() => {
    const inside = (length: number, from: tf.Tensor, to: tf.Tensor): tf.Tensor => {
      const places = tf.range(0, length);
      const reached = tf.greaterEqual(places, tf.expandDims(tf.cast(from, 'float32'), 1));
      const left = tf.less(places, tf.expandDims(tf.cast(to, 'float32'), 1));
      return tf.cast(tf.logicalAnd(reached, left), 'float32');
    };
    const rows = tf.expandDims(inside(height, top, bottom), 2);
    const columns = tf.expandDims(inside(width, left, right), 1);
    return tf.mul<tf.Tensor3D>(rows, columns);
  });
}

/**
 * Rectangles with the shape of the image around a pixel: they would cover the share 1 − keptShare of the image, if no
 * border cut them. Sides are rounded down, and to even numbers, as in the published code of CutMix and SaliencyMix.
 *
 * @param keptShare [n], in [0, 1]
 * @param center row and column of each, [n] each
 * @returns [n, H, W], float32: 1 inside; the caller owns it
 */
export function patches(
  keptShare: tf.Tensor,
  center: { row: tf.Tensor; column: tf.Tensor },
  [height, width]: [number, number],
): tf.Tensor3D {
  return tf.tidy(() => {
    const side = tf.sqrt(tf.sub(1, keptShare));
    const half = (length: number): tf.Tensor => tf.floor(tf.div(tf.floor(tf.mul(side, length)), 2));
    const row = tf.cast(center.row, 'float32');
    const column = tf.cast(center.column, 'float32');
    const rectangles = {
      top: tf.sub(row, half(height)),
      bottom: tf.add(row, half(height)),
      left: tf.sub(column, half(width)),
      right: tf.add(column, half(width)),
    };
    return inRectangles(rectangles, [height, width]);
  });
}
