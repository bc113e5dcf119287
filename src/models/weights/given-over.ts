import * as tf from '@tensorflow/tfjs-core';

/**
 * A tensor whose values the backend has already. Otherwise the native one keeps JavaScript's array until something is
 * computed with it, and copies it then: with all weights of a network at once, these would be in memory twice.
 */
export function givenOver(values: Float32Array, shape: number[]): tf.Tensor {
  return tf.tidy(() => tf.reshape(tf.tensor(values, shape), shape));
}
