import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { Context } from 'mocha';
import { loadTensorflow } from '../src/tensorflow/index.js';

/** For `before`: plain tfjs, for tests that need nothing native. */
export async function cpuBackend(): Promise<void> {
  await tf.setBackend('cpu');
  await tf.ready();
}

/** For `before`: native TensorFlow with graphs; without it the suite is skipped, and says why. */
export async function needsNative(this: Context): Promise<void> {
  const missing = await nativeBackend();
  if (missing === undefined) return;
  console.log(`      skipped, native TensorFlow is not available: ${missing}`);
  this.skip();
}

/** For `before` of what is heavy: native TensorFlow where it is set up, else plain tfjs. Says whether it is native. */
export async function fastestBackend(): Promise<boolean> {
  const isNative = (await nativeBackend()) === undefined;
  if (!isNative) await cpuBackend();
  return isNative;
}

/** @returns what is missing, if something is */
async function nativeBackend(): Promise<string | undefined> {
  try {
    const runtime = await loadTensorflow();
    await tf.setBackend('tensorflow');
    return runtime.graphs ? undefined : runtime.reason;
  } catch (error) {
    return (error as Error).message;
  }
}
