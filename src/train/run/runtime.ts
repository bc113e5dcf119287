import * as tf from '@tensorflow/tfjs-core';
import { loadTensorflow, type Precision, type Runtime, usefulPrecision } from '../../tensorflow/index.js';
import type { Recipe } from '../recipe/index.js';

/**
 * The native runtime; where it is not required and not there, tfjs's own CPU backend, which can at least build and
 * describe networks.
 *
 * @throws Failure when it is required and missing
 */
export async function useRuntime({
  required,
  log,
}: {
  required: boolean;
  log: (line: string) => void;
}): Promise<Runtime | undefined> {
  try {
    return await loadTensorflow();
  } catch (error) {
    if (required) throw error;
    log((error as Error).message);
    await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    return undefined;
  }
}

/** What a run computes in: what its recipe asks for, but not 16 bits where they are slower than float32. */
export function precisionOn(runtime: Runtime | undefined, { precision }: Recipe): Precision {
  return runtime ? usefulPrecision(precision, runtime) : precision;
}
