import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Reference material beside the repository; tests that need it skip where it is not. */
export const shared = new URL('../../../shared/', import.meta.url).pathname;

export const hasShared = existsSync(join(shared, 'goldens'));

/** The values of a tensor, which is disposed of. */
export function values(tensor: tf.Tensor): number[] {
  const found = Array.from(tensor.dataSync());
  tensor.dispose();
  return found;
}

/** The largest absolute difference of two lists of the same length; a NaN is infinitely far. */
export function largestDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  return Array.from(found).reduce((worst, value, index) => {
    const distance = Math.abs(value - expected[index]!);
    return Number.isNaN(distance) ? Infinity : Math.max(worst, distance);
  }, 0);
}

/** Values that repeat themselves from run to run, in [-1, 1]. */
export function wave(shape: [number, number, number, number], seed = 1): tf.Tensor4D {
  const count = shape.reduce((product, size) => product * size, 1);
  return tf.tensor4d(
    Float32Array.from({ length: count }, (_, index) => Math.sin(seed + index * 1.7)),
    shape,
  );
}

/** Runs a test in an empty folder that is gone afterwards. */
export async function inFolder<T = void>(test: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'camtune-models-'));
  try {
    return await test(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The message of what a function throws. */
export async function failure(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was thrown';
}
