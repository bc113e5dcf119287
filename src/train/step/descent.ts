import * as tf from '@tensorflow/tfjs-core';
import { areFinite, type LossScale } from './loss-scale.js';
import { optimizer } from './optimizer.js';
import type { TrainingOptions } from './types.js';

/** How gradients of a batch, of all processes together, become a step. */
export interface Descent {
  /** What the optimizer remembers. */
  slots: tf.Variable[];
  /**
   * Makes the step; to be traced by compile().
   *
   * @param own this process's gradients of summed losses, one for each trained parameter
   * @param weight what the images of all processes count together
   * @returns in float16 [1]: 1 where the step was skipped, else 0
   */
  step(own: tf.Tensor[], weight: tf.Scalar, learningRate: tf.Scalar): tf.Tensor1D | undefined;
}

/** @param scale of the loss, in float16; the caller disposes it and the slots */
export function descent(
  { parameters: { trained }, optimizer: how, ranks, wire }: TrainingOptions,
  scale: LossScale | null,
): Descent {
  const { slots, step } = optimizer(trained, how);
  return {
    slots,
    step(own, weight, learningRate) {
      const gradients = ranks ? ranks.sum(own, wire ? { wire } : {}) : own;
      if (!scale) {
        const mean = gradients.map((gradient) => tf.div(gradient, weight));
        step(mean, learningRate);
        return undefined;
      }
      const mean = scale.unscaled(gradients, weight);
      const finite = areFinite(mean);
      step(mean, learningRate, finite);
      scale.adjust(finite);
      return tf.cast(tf.reshape<tf.Rank.R1>(tf.logicalNot(finite), [1]), 'float32');
    },
  };
}
