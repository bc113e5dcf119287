import * as tf from '@tensorflow/tfjs-core';

/**
 * Each map scaled to [0, 1] by its own minimum and maximum, (a − min) / (max − min), without an epsilon.
 * A constant map becomes all 0.
 *
 * @param maps [..., h, w], float32
 * @returns same shape; the caller owns it
 */
export function minMax<T extends tf.Tensor>(maps: T): T {
  return tf.tidy(() => {
    const { low, high } = extremes(maps);
    return rescale(maps, low, high);
  });
}

/**
 * Minimum and maximum of each map.
 *
 * @param maps [..., h, w]
 * @returns two tensors [..., 1, 1]; the caller owns them
 */
export function extremes(maps: tf.Tensor): { low: tf.Tensor; high: tf.Tensor } {
  return { low: tf.min(maps, [-2, -1], true), high: tf.max(maps, [-2, -1], true) };
}

/**
 * (maps − low) / (high − low); 0 where low and high are equal.
 *
 * @param maps [..., h, w]
 * @param low [..., 1, 1]
 * @param high [..., 1, 1], not below low
 * @returns the shape of maps; the caller owns it
 */
export function rescale<T extends tf.Tensor>(maps: T, low: tf.Tensor, high: tf.Tensor): T {
  return tf.tidy(() => {
    const range = tf.sub(high, low);
    const flat = tf.equal(range, 0);
    const scaled = tf.div(tf.sub(maps, low), tf.where(flat, tf.onesLike(range), range));
    return tf.where(tf.broadcastTo(flat, maps.shape), tf.zerosLike(maps), scaled) as T;
  });
}
