import * as tf from '@tensorflow/tfjs-core';

/** Images as PyTorch has them, [N, C, H, W], as [N, H, W, C]; the caller owns them. */
export function channelsLast({ shape, read }: { shape: number[]; read(): Float32Array }): tf.Tensor4D {
  return tf.tidy(() =>
    tf.transpose(tf.tensor4d(read(), shape as [number, number, number, number]), [0, 2, 3, 1]),
  );
}

/** The largest difference over the largest value expected; infinite where lengths differ or a number is none. */
export function difference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  let [worst, largest] = [0, 0];
  for (let index = 0; index < found.length; index++) {
    const distance = Math.abs(found[index]! - expected[index]!);
    worst = Number.isNaN(distance) ? Infinity : Math.max(worst, distance);
    largest = Math.max(largest, Math.abs(expected[index]!));
  }
  return worst / Math.max(largest, 1e-12);
}
