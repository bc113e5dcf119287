import * as tf from '@tensorflow/tfjs-core';
import { Failure, invalid } from '../errors.js';
import { loadTensorflow } from './load.js';

/**
 * Native TensorFlow as the backend of tfjs, or plain JavaScript, which needs nothing and is slow, where that is not
 * installed or the environment says CAMTUNE_BACKEND=cpu. Everything works there, compile() included; it makes no graphs.
 *
 * @param warn is told once that it is slow, and why it is
 * @param load native TensorFlow
 * @returns the device, for people
 * @throws InvalidInput for another CAMTUNE_BACKEND
 */
export async function loadTensorflowOrCpu(
  warn: (line: string) => void,
  load: () => Promise<{ device: string }> = loadTensorflow,
): Promise<{ device: string }> {
  const wanted = process.env['CAMTUNE_BACKEND'];
  if (wanted !== undefined && wanted !== '' && wanted !== 'cpu')
    throw invalid('CAMTUNE_BACKEND', 'cpu (plain JavaScript), or nothing', wanted);
  if (wanted === 'cpu') return plainJavaScript('CAMTUNE_BACKEND is cpu', warn);
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return plainJavaScript(error.message, warn);
  }
}

async function plainJavaScript(reason: string, warn: (line: string) => void): Promise<{ device: string }> {
  await import('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('cpu');
  // It would advertise tfjs-node in three lines.
  (tf.backend() as { firstUse?: boolean }).firstUse = false;
  warn(`warning: computing in plain JavaScript, ${SLOW} (${reason})`);
  return { device: 'cpu (plain JavaScript)' };
}

const SLOW = 'about a hundred times slower: a ResNet-50 takes some ten seconds for each image and pass';
