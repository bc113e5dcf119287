import * as tf from '@tensorflow/tfjs-core';

/**
 * Computes rows 0..total-1 in chunks one after the other, so that the memory in use is that of one chunk.
 *
 * @param total number of rows, 1 or more
 * @param chunk the most rows at once, 1 or more; chunks are made as even as they can be
 * @param part from row numbers (int32 [n]) to their results [n, ...]
 * @returns the results of all rows [total, ...]; the caller owns it
 */
export function inChunks<T extends tf.Tensor>(
  total: number,
  chunk: number,
  part: (rows: tf.Tensor1D) => T,
): T {
  const size = Math.ceil(total / Math.ceil(total / chunk));
  return tf.tidy(() => {
    const parts: T[] = [];
    for (let start = 0; start < total; start += size) {
      const rows = Int32Array.from({ length: Math.min(size, total - start) }, (_, index) => start + index);
      parts.push(tf.tidy(() => part(after(tf.tensor1d(rows, 'int32'), parts.at(-1)))));
    }
    return parts.length === 1 ? parts[0]! : tf.concat(parts);
  });
}

/**
 * The same row numbers, but known only once `previous` is: a compiled graph runs whatever is ready, and would
 * otherwise hold all chunks in memory at once.
 */
function after(rows: tf.Tensor1D, previous: tf.Tensor | undefined): tf.Tensor1D {
  if (!previous) return rows;
  const first = tf.slice(tf.reshape(previous, [-1]), [0], [1]);
  // No square is below 0 and no comparison with NaN holds: always 0.
  return tf.add(rows, tf.cast(tf.less(tf.square(first), 0), 'int32'));
}
