import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { loadTensorflow } from '../../src/tensorflow/index.js';

/** For `before`: plain tfjs, so that these tests need nothing native. */
export async function cpuBackend(): Promise<void> {
  await tf.setBackend('cpu');
  await tf.ready();
}

/** For `before` of what is heavy: native TensorFlow where it is set up, else plain tfjs. Says whether it is native. */
export async function fastestBackend(): Promise<boolean> {
  const native = await loadTensorflow().then(
    () => true,
    () => false,
  );
  await tf.setBackend(native ? 'tensorflow' : 'cpu');
  await tf.ready();
  return native;
}
