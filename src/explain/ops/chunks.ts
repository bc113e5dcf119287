import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../../errors.js';

// At 224 px: 32 images in a forward pass, 14 where the way back needs what lies between.
const pixels = { forward: 32 * 224 * 224, backward: 14 * 224 * 224 };
// Small images gain nothing from more at once.
const most = 256;

/**
 * How many images go through the network at once: what was asked for, or as many as keep the memory in use the same
 * for every image size (32 at 224 px; 14 where a gradient with respect to the image is taken).
 *
 * @param asked 1 or more, or undefined for automatic
 * @param shape [N, H, W, C] of the images
 * @throws InvalidInput where `asked` is not an integer from 1
 */
export function chunkSize(
  asked: number | undefined,
  [, height, width]: tf.Tensor4D['shape'],
  pass: 'forward' | 'backward' = 'forward',
): number {
  if (asked !== undefined && !(Number.isInteger(asked) && asked > 0)) {
    throw invalid('chunk', 'an integer, 1 or more', asked);
  }
  return asked ?? Math.min(most, Math.max(1, Math.floor(pixels[pass] / (height * width))));
}

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
  return tf.tidy(() => {
    const parts: T[] = [];
    for (const rows of chunks(total, chunk)) {
      parts.push(tf.tidy(() => part(withControlDependency(tf.tensor1d(rows, 'int32'), parts.at(-1)))));
    }
    return parts.length === 1 ? parts[0]! : tf.concat(parts);
  });
}

/**
 * The sum over rows 0..total-1, computed in chunks one after the other as in `inChunks`.
 *
 * @param total number of rows, 1 or more
 * @param chunk the most rows at once, 1 or more
 * @param part from row numbers (int32 [n]) to the sums over these rows, always of the same shapes
 * @returns the sums over all rows; the caller owns them
 */
export function sumInChunks<T extends tf.Tensor[]>(
  total: number,
  chunk: number,
  part: (rows: tf.Tensor1D) => [...T],
): [...T] {
  return tf.tidy(() => {
    let sums: tf.Tensor[] | undefined;
    for (const rows of chunks(total, chunk)) {
      const before = sums;
      sums = tf.tidy(() => {
        const added: tf.Tensor[] = part(withControlDependency(tf.tensor1d(rows, 'int32'), before?.[0]));
        return before ? added.map((tensor, index) => tf.add(before[index]!, tensor)) : added;
      });
      tf.dispose(before);
    }
    return sums as [...T];
  });
}

function* chunks(total: number, chunk: number): Generator<Int32Array> {
  const size = Math.ceil(total / Math.ceil(total / chunk));
  for (let start = 0; start < total; start += size) {
    yield Int32Array.from({ length: Math.min(size, total - start) }, (_, index) => start + index);
  }
}

/**
 * The same row numbers, but known only once `previous` is: a compiled graph runs whatever is ready, and would
 * otherwise hold all chunks in memory at once.
 */
function withControlDependency(rows: tf.Tensor1D, previous: tf.Tensor | undefined): tf.Tensor1D {
  if (!previous) return rows;
  const first = tf.slice(tf.reshape(previous, [-1]), [0], [1]);
  // No square is below 0 and no comparison with NaN holds: always 0.
  return tf.add(rows, tf.cast(tf.less(tf.square(first), 0), 'int32'));
}
