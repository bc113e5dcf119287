import * as tf from '@tensorflow/tfjs-core';
import { applyAdam } from '../../tensorflow/index.js';
import { clipByGlobalNorm } from './clip.js';
import type { Parameter } from './parameters.js';

/** AdamW in PyTorch's form. */
export interface AdamWOptions {
  /** Shares of the first and of the second moment that the next step keeps, each 0 or more and below 1. */
  betas: readonly [number, number];
  /** Added to the root of the second moment. */
  epsilon: number;
  /** Times the learning rate: the share of a weight that a step takes away. */
  weightDecay: number;
  /** Largest global norm of the gradient, null for none. */
  clipNorm: number | null;
}

/** What AdamW remembers, zero at the start. */
export interface AdamWSlots {
  /** Means of the gradients, one for each parameter. */
  first: readonly tf.Variable[];
  /** Means of their squares, one for each parameter. */
  second: readonly tf.Variable[];
  /** Scalar: the steps that were taken. */
  steps: tf.Variable;
}

/**
 * One step of AdamW as torch.optim.AdamW does it: the gradient is clipped (if asked), the weight loses the share
 * learning rate · weight decay of itself, and weight −= learning rate · first / (√second + epsilon), where first and
 * second are the moments without the bias of their start at zero.
 *
 * @param gradients one for each parameter, in order
 * @param learningRate scalar float32, before the parameter's factor
 * @param taken scalar bool: where it is false, weights and slots stay as they are, whatever the gradients hold;
 *   default: the step is always taken
 * @see Loshchilov & Hutter (2019), "Decoupled Weight Decay Regularization"
 */
export function adamWStep(
  parameters: readonly Parameter[],
  gradients: readonly tf.Tensor[],
  { first, second, steps }: AdamWSlots,
  learningRate: tf.Scalar,
  { betas, epsilon, weightDecay, clipNorm }: AdamWOptions,
  taken?: tf.Scalar,
): void {
  tf.tidy(() => {
    // The operation runs in any case. Chosen, not multiplied: NaN · 0 is NaN.
    const orElse = <T extends tf.Tensor>(value: T, other: number): T =>
      taken ? tf.where<T>(taken, value, other) : value;
    steps.assign(tf.add(steps, taken ? tf.cast(taken, 'float32') : 1));
    const [unbiased1, unbiased2] = betas.map((beta) => unbiased(beta, steps)) as [tf.Scalar, tf.Scalar];
    const height = tf.div<tf.Scalar>(tf.mul(learningRate, tf.sqrt(unbiased2)), unbiased1);
    const [beta1, beta2] = betas.map((beta) => orElse(tf.scalar(beta), 1)) as [tf.Scalar, tf.Scalar];
    // √(second / unbiased2) + epsilon, times √unbiased2.
    const lift = orElse(tf.mul<tf.Scalar>(tf.sqrt(unbiased2), epsilon), 1);
    const clipped = clipNorm === null ? gradients : clipByGlobalNorm(gradients, clipNorm);
    parameters.forEach(({ variable, decays, factor }, index) => {
      if (decays && weightDecay > 0) {
        const stays = orElse(tf.sub<tf.Scalar>(1, tf.mul(learningRate, factor * weightDecay)), 1);
        variable.assign(tf.mul(variable, stays));
      }
      const rate = orElse(factor === 1 ? height : tf.mul<tf.Scalar>(height, factor), 0);
      const scalars = { learningRate: rate, beta1, beta2, epsilon: lift };
      applyAdam(variable, first[index]!, second[index]!, orElse(clipped[index]!, 0), scalars);
    });
  });
}

/** 1 − beta^steps, with the beta that float32 has: a moment of equal gradients is then exactly theirs. */
function unbiased(beta: number, steps: tf.Tensor): tf.Scalar {
  return tf.neg(tf.expm1(tf.mul<tf.Scalar>(steps as tf.Scalar, Math.log(Math.fround(beta)))));
}
