import * as tf from '@tensorflow/tfjs-core';
import { updateInGraph } from './update.js';

/**
 * One step of gradient descent with momentum, in place: slot = momentum · slot + gradient;
 * variable = variable − learningRate · slot (or, with Nesterov, − learningRate · (gradient + momentum · slot)).
 * Inside a compiled function this is one fused operation on the runtime's own copy.
 *
 * @param learningRate scalar float32
 * @param gradient same shape as the variable
 * @param momentum a number, or a scalar float32 where it depends on what was computed
 */
export function applyMomentum(
  variable: tf.Variable,
  slot: tf.Variable,
  gradient: tf.Tensor,
  learningRate: tf.Scalar,
  momentum: number | tf.Scalar,
  nesterov = false,
): void {
  tf.tidy(() => {
    const inputs = [learningRate, gradient, typeof momentum === 'number' ? tf.scalar(momentum) : momentum];
    if (updateInGraph('ResourceApplyMomentum', [variable, slot], inputs, nesterov)) return;
    const moved = tf.add(tf.mul(slot, momentum), gradient);
    const direction = nesterov ? tf.add(gradient, tf.mul(moved, momentum)) : moved;
    slot.assign(moved);
    variable.assign(tf.sub(variable, tf.mul(direction, learningRate)));
  });
}
