import * as tf from '@tensorflow/tfjs-core';
import { applyMomentum } from '../../tensorflow/index.js';
import { clipByGlobalNorm } from './clip.js';
import type { Parameter } from './parameters.js';

/** Stochastic gradient descent in PyTorch's form. */
export interface SgdOptions {
  momentum: number;
  nesterov: boolean;
  weightDecay: number;
  /** Largest global norm of the gradient, null for none. */
  clipNorm: number | null;
}

/**
 * One step of SGD as torch.optim.SGD does it: the gradient is clipped (if asked), weight decay · weight is added to
 * it, slot = momentum · slot + gradient (no dampening), weight = weight − learning rate · slot.
 *
 * @param gradients one for each parameter, in order
 * @param slots momentum buffers, one for each parameter, zero at the start
 * @param learningRate scalar float32, before the parameter's factor
 * @param taken scalar bool: where it is false, weights and momentum stay as they are, whatever the gradients hold;
 *   default: the step is always taken
 */
export function sgdStep(
  parameters: readonly Parameter[],
  gradients: readonly tf.Tensor[],
  slots: readonly tf.Variable[],
  learningRate: tf.Scalar,
  { momentum, nesterov, weightDecay, clipNorm }: SgdOptions,
  taken?: tf.Scalar,
): void {
  tf.tidy(() => {
    // The operation runs in any case. Chosen, not multiplied: NaN · 0 is NaN.
    const orElse = <T extends tf.Tensor>(value: T, other: number): T =>
      taken ? tf.where<T>(taken, value, other) : value;
    const height = orElse(learningRate, 0);
    const kept = taken ? orElse(tf.scalar(momentum), 1) : momentum;
    const clipped = clipNorm === null ? gradients : clipByGlobalNorm(gradients, clipNorm);
    parameters.forEach(({ variable, decays, factor }, index) => {
      const gradient = clipped[index]!;
      const decayed = decays && weightDecay > 0 ? tf.add(gradient, tf.mul(variable, weightDecay)) : gradient;
      const rate = factor === 1 ? height : tf.mul<tf.Scalar>(height, factor);
      applyMomentum(variable, slots[index]!, orElse(decayed, 0), rate, kept, nesterov);
    });
  });
}
