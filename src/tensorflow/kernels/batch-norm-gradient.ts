import * as tf from '@tensorflow/tfjs-core';
import { replaceGradient } from './gradients.js';
import { execute, registerNativeKernel, runNative } from './native-kernel.js';
import { attribute, FLOAT_TYPE } from './native-ops.js';

/** The gradient of a batch norm with respect to its input, scale and offset. */
export interface BatchNormGradient {
  dx: tf.Tensor;
  dGamma: tf.Tensor;
  dBeta: tf.Tensor;
}

const KERNEL = 'FusedBatchNormGradV3';

/** The kernel `FusedBatchNormGradV3`, with its own gradient. */
export function registerBatchNormGradient(): void {
  registerNativeKernel(KERNEL, ({ inputs, attrs }) => {
    const { dy, x, gamma, first, second, third } = inputs;
    const attributes = [
      FLOAT_TYPE,
      attribute('U', 'type', 1),
      attribute('epsilon', 'float', attrs['epsilon']),
      attribute('data_format', 'string', 'NHWC'),
      attribute('is_training', 'bool', attrs['training']),
    ];
    return execute(KERNEL, attributes, [dy!, x!, gamma!, first!, second!, third!], 5).slice(0, 3);
  });
  replaceGradient({
    kernelName: KERNEL,
    inputsToSave: ['dy', 'x', 'gamma', 'first', 'second'],
    gradFunc: (cotangents, saved, attrs) => {
      const { epsilon, training } = attrs as unknown as { epsilon: number; training: boolean };
      const [dy, x, gamma, mean, variance] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const [ofDx, ofDGamma, ofDBeta] = cotangents as unknown as [tf.Tensor, tf.Tensor, tf.Tensor];
      const of = { dx: ofDx, dGamma: ofDGamma, dBeta: ofDBeta };
      const second = training
        ? ofTrainingGradient(of, dy, x, gamma, epsilon)
        : ofInferenceGradient(of, dy, x, gamma, mean, variance, epsilon);
      return { ...second, first: () => tf.zerosLike(mean), second: () => tf.zerosLike(variance) };
    },
  });
}

/**
 * Runs the kernel.
 *
 * @param statistics what the forward operation reserved for it, or the given mean and variance
 */
export function batchNormGradient(
  dy: tf.Tensor,
  x: tf.Tensor,
  gamma: tf.Tensor,
  statistics: readonly [tf.Tensor, tf.Tensor, tf.Tensor],
  attrs: { epsilon: number; training: boolean },
): BatchNormGradient {
  const [first, second, third] = statistics;
  const [dx, dGamma, dBeta] = runNative<tf.Tensor[]>(KERNEL, { dy, x, gamma, first, second, third }, attrs);
  return { dx: dx!, dGamma: dGamma!, dBeta: dBeta! };
}

/**
 * The gradient of ⟨of.dx, dx⟩ + ⟨of.dGamma, dGamma⟩ + ⟨of.dBeta, dBeta⟩, where mean and variance are those of the batch.
 * With r = 1/√(variance + ε), z = (x − mean) r and P u = u − mean(u) − z mean(z u):
 * dx = γ r P dy, dGamma = Σ z dy, dBeta = Σ dy.
 */
function ofTrainingGradient(
  of: BatchNormGradient,
  dy: tf.Tensor,
  x: tf.Tensor,
  gamma: tf.Tensor,
  epsilon: number,
): Record<'dy' | 'x' | 'gamma', () => tf.Tensor> {
  const axes = [0, 1, 2];
  const average = (value: tf.Tensor): tf.Tensor => tf.mean(value, axes);
  const total = (value: tf.Tensor): tf.Tensor => tf.sum(value, axes);
  const count = x.size / gamma.size;
  const centered = tf.sub(x, average(x));
  const r = tf.rsqrt(tf.add(average(tf.square(centered)), epsilon));
  const z = tf.mul(centered, r);
  const project = (u: tf.Tensor): tf.Tensor =>
    tf.sub(tf.sub(u, average(u)), tf.mul(z, average(tf.mul(z, u))));
  const scale = tf.mul(gamma, r);
  return {
    dy: () => tf.add(tf.mul(project(of.dx), scale), tf.add(tf.mul(z, of.dGamma), of.dBeta)),
    gamma: () => tf.mul(total(tf.mul(of.dx, project(dy))), r),
    x: () => {
      const inner = total(tf.mul(of.dx, project(dy)));
      const coupled = tf.add(tf.mul(of.dx, average(tf.mul(z, dy))), tf.mul(dy, average(tf.mul(z, of.dx))));
      const ofZ = tf.sub(tf.mul(dy, of.dGamma), tf.mul(coupled, scale));
      const throughR = tf.mul(z, tf.div(tf.mul(tf.mul(scale, r), inner), count));
      return tf.sub(tf.mul(project(ofZ), r), throughR);
    },
  };
}

/** The same where mean and variance are given: dx = γ r dy, dGamma = Σ (x − mean) r dy, dBeta = Σ dy. */
function ofInferenceGradient(
  of: BatchNormGradient,
  dy: tf.Tensor,
  x: tf.Tensor,
  gamma: tf.Tensor,
  mean: tf.Tensor,
  variance: tf.Tensor,
  epsilon: number,
): Record<'dy' | 'x' | 'gamma', () => tf.Tensor> {
  const r = tf.rsqrt(tf.add(variance, epsilon));
  const z = tf.mul(tf.sub(x, mean), r);
  return {
    dy: () => tf.add(tf.mul(of.dx, tf.mul(gamma, r)), tf.add(tf.mul(z, of.dGamma), of.dBeta)),
    gamma: () => tf.mul(tf.sum(tf.mul(of.dx, dy), [0, 1, 2]), r),
    x: () => tf.mul(dy, tf.mul(of.dGamma, r)),
  };
}
