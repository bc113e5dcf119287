import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';

/** For `before`: plain tfjs, so that these tests need nothing native. */
export async function cpuBackend(): Promise<void> {
  await tf.setBackend('cpu');
  await tf.ready();
}
