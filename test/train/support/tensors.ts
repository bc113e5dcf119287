import * as tf from '@tensorflow/tfjs-core';

interface NativeBackend {
  binding: { getNumOfTensors(): number };
}

/** Tensors that tfjs knows, and tensors that the addon holds. */
export function tensorCounts(): { tfjs: number; addon: number } {
  const { binding } = tf.backend() as unknown as NativeBackend;
  return { tfjs: tf.memory().numTensors, addon: binding.getNumOfTensors() };
}

/** The values of a tensor, which is disposed of. */
export function values(tensor: tf.Tensor): number[] {
  const found = Array.from(tensor.dataSync());
  tensor.dispose();
  return found;
}
