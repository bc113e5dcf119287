import * as tf from '@tensorflow/tfjs-core';
import { accept } from './accept.js';
import type { Gradient, Name } from './program.js';
import { weights } from './values.js';

/**
 * The number that is differentiated: a weighted sum of y. A little of every x is in it too, so that a gradient exists
 * even where y does not depend on x.
 */
export function weightedSum(y: tf.Tensor, xs: readonly tf.Tensor[]): tf.Scalar {
  const terms = [tf.mul(y, weights(y.shape)), ...xs.map((x) => tf.mul(tf.square(x), 0.0625))];
  return tf.addN(terms.map((term) => tf.sum(term))) as tf.Scalar;
}

/** Gradients of a body, or of the squares of its gradients. */
export function gradients(
  { by, order }: Gradient,
  of: (name: Name) => tf.Tensor,
  within: (given: [Name, tf.Tensor][]) => tf.Tensor,
): tf.Tensor[] {
  const loss = (...xs: tf.Tensor[]): tf.Scalar =>
    weightedSum(within(by.map((name, i) => [name, xs[i]!])), xs);
  return differentiate(loss, order, by.map((name) => accept(of(name), 'F'))); // prettier-ignore
}

/** First gradients of `loss`, or the gradients of a weighted sum of their squares. */
export function differentiate(
  loss: (...xs: tf.Tensor[]) => tf.Scalar,
  order: 1 | 2,
  xs: tf.Tensor[],
): tf.Tensor[] {
  if (order === 1) return tf.grads(loss)(xs);
  return tf.grads((...xs: tf.Tensor[]) => {
    const squares = tf.grads(loss)(xs).map((gradient) => tf.mul(tf.square(gradient), weights(gradient.shape)));
    return tf.addN(squares.map((square) => tf.sum(square)));
  })(xs); // prettier-ignore
}
