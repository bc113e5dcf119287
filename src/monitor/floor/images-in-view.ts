import * as tf from '@tensorflow/tfjs-core';

/** A line on the device. */
export interface LineTensors {
  low: tf.Tensor1D;
  high: tf.Tensor1D;
  share: tf.Tensor1D;
}

/**
 * Images as a view shows them, for compiled functions: the view comes in as tensors, so that one trace does for all.
 *
 * @param images [N, H, W, C], float32
 * @param rows of `sampling`, [H] each
 * @param columns [W] each
 * @returns as images; the caller owns it
 */
export function imagesInView(images: tf.Tensor4D, rows: LineTensors, columns: LineTensors): tf.Tensor4D {
  return tf.tidy(() => {
    const down = between(images, rows, 1);
    return between(down, columns, 2);
  });
}

function between(images: tf.Tensor4D, { low, high, share }: LineTensors, axis: 1 | 2): tf.Tensor4D {
  const weight = tf.reshape(share, axis === 1 ? [1, -1, 1, 1] : [1, 1, -1, 1]);
  const [first, second] = [tf.gather(images, low, axis), tf.gather(images, high, axis)];
  return tf.add(first, tf.mul(tf.sub(second, first), weight));
}
