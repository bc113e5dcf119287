import * as tf from '@tensorflow/tfjs-core';

/** What to do about a loss that has left the finite numbers. */
export const divergenceAdvice =
  'lower optimizer.learningRate, add schedule.warmupEpochs or set optimizer.clipNorm';

/**
 * Whether every element of every tensor is a number that can still be computed with: finite, as is its square (beyond
 * 1.8e19 no network works, though a ReLU that is fused into a convolution turns what comes of it, NaN, into 0).
 */
export function allFinite(tensors: readonly tf.Tensor[]): boolean {
  return tf.tidy(() => {
    // 0 · x² is 0 for a finite x², NaN for any other.
    const zeros = tensors.map((tensor) => tf.tidy(() => tf.sum(tf.mul(tf.square(tensor), 0))));
    return tf.addN(zeros).dataSync()[0] === 0;
  });
}
