import * as tf from '@tensorflow/tfjs-core';
import { updateInGraph } from './update.js';

/** The scalars of a step of Adam, float32. */
export interface AdamScalars {
  /** With the correction of the bias of both moments in it. */
  learningRate: tf.Scalar;
  beta1: tf.Scalar;
  beta2: tf.Scalar;
  /** With the correction of the second moment's bias in it. */
  epsilon: tf.Scalar;
}

/**
 * One step of Adam, in place: first += (gradient − first) · (1 − beta1); second += (gradient² − second) · (1 − beta2);
 * variable −= learningRate · first / (√second + epsilon). Inside a compiled function this is one fused operation on the
 * runtime's own copy.
 *
 * @param first first moment, same shape as the variable
 * @param second second moment, same shape as the variable
 * @param gradient same shape as the variable
 */
export function applyAdam(
  variable: tf.Variable,
  first: tf.Variable,
  second: tf.Variable,
  gradient: tf.Tensor,
  { learningRate, beta1, beta2, epsilon }: AdamScalars,
): void {
  tf.tidy(() => {
    // The operation would correct the bias with powers of the betas, in float32: with zeros it corrects nothing.
    const power = tf.scalar(0);
    const inputs = [power, power, learningRate, beta1, beta2, epsilon, gradient];
    if (updateInGraph('ResourceApplyAdam', [variable, first, second], inputs, false)) return;
    const blend = (moment: tf.Variable, value: tf.Tensor, beta: tf.Scalar): void =>
      moment.assign(tf.add(moment, tf.mul(tf.sub(value, moment), tf.sub(1, beta))));
    blend(first, gradient, beta1);
    blend(second, tf.square(gradient), beta2);
    const direction = tf.div(first, tf.add(tf.sqrt(second), epsilon));
    variable.assign(tf.sub(variable, tf.mul(direction, learningRate)));
  });
}
