import * as tf from '@tensorflow/tfjs-core';

/** What to do about a loss that has left the finite numbers. */
export const calmer = 'lower optimizer.learningRate, add schedule.warmupEpochs or set optimizer.clipNorm';

/** Whether every element of every tensor is a finite number. */
export function allFinite(tensors: readonly tf.Tensor[]): boolean {
  return tf.tidy(() => {
    // 0 · x is 0 for a finite x, NaN for any other.
    const zeros = tensors.map((tensor) => tf.tidy(() => tf.sum(tf.mul(tensor, 0))));
    return tf.addN(zeros).dataSync()[0] === 0;
  });
}
