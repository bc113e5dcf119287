import * as tf from '@tensorflow/tfjs-core';

/**
 * Replaces rows of tensors with N rows.
 *
 * @param chosen int32 [n], the rows, each at most once
 * @param count N
 * @returns a function of a tensor [N, ...] and its replacements [n, ...]; the caller owns what it gives. It is for one
 *   tidy: it keeps a tensor of its own.
 */
export function replacer(chosen: tf.Tensor1D, count: number): <T extends tf.Tensor>(all: T, some: T) => T {
  const rows = tf.tidy(() => {
    const all = tf.range(0, count, 1, 'int32');
    // [n, N]: whether replacement i stands for row j.
    const places = tf.equal(tf.expandDims(chosen, 1), all);
    const positions = tf.range(count, count + chosen.shape[0], 1, 'int32');
    const replacement = tf.sum(tf.mul(tf.cast(places, 'int32'), tf.expandDims(positions, 1)), 0);
    return tf.where(tf.any(places, 0), replacement, all) as tf.Tensor1D;
  });
  return (all, some) => tf.tidy(() => tf.gather(tf.concat([all, some] as tf.Tensor[]), rows) as typeof all);
}
