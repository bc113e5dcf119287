import * as tf from '@tensorflow/tfjs-core';
import { replaceGradient } from './gradients.js';
import { execute, registerNativeKernel, runNative } from './native-kernel.js';
import { attribute, hasFused } from './native-ops.js';

const [KERNEL, GRADIENT] = ['CamtuneLayerNorm', 'CamtuneLayerNormGradient'];

/**
 * Normalizes the last axis: (x − mean) / √(variance + epsilon) · gamma + beta. One operation forward and one backward on
 * a CPU's native backend.
 *
 * @param x float32 [..., C]
 * @param gamma scale [C]; default: 1
 * @param beta offset [C]; default: 0
 * @returns as x; the caller owns it
 * @see Ba, Kiros & Hinton (2016), "Layer Normalization"
 */
export function layerNorm<T extends tf.Tensor>(
  x: T,
  epsilon: number,
  gamma?: tf.Tensor,
  beta?: tf.Tensor,
): T {
  return tf.tidy(() => {
    const channels = x.shape.at(-1)!;
    if (!hasFused(x)) {
      const normal = standardized(x, -1, epsilon);
      const scaled = gamma ? tf.mul(normal, gamma) : normal;
      return (beta ? tf.add(scaled, beta) : scaled) as T;
    }
    const inputs = { x, gamma: gamma ?? tf.ones([channels]), beta: beta ?? tf.zeros([channels]) };
    const [y] = runNative<tf.Tensor[]>(KERNEL, inputs, { epsilon });
    return y as T;
  });
}

/** (x − mean) / √(variance + epsilon) over some axes. */
export function standardized(x: tf.Tensor, axes: number | number[], epsilon: number): tf.Tensor {
  const centered = tf.sub(x, tf.mean(x, axes, true));
  const variance = tf.mean(tf.square(centered), axes, true);
  return tf.mul(centered, tf.rsqrt(tf.add(variance, epsilon)));
}

/** The kernels behind `layerNorm`: y, and of each row its mean and 1 / √(variance + epsilon), which carry no gradient. */
export function registerLayerNorm(): void {
  registerNativeKernel(KERNEL, ({ inputs: { x, gamma, beta }, attrs }) =>
    execute(KERNEL, [attribute('epsilon', 'float', attrs['epsilon'])], [x!, gamma!, beta!], 3),
  );
  registerNativeKernel(GRADIENT, ({ inputs: { dy, x, gamma, mean, factor } }) =>
    execute('CamtuneLayerNormGrad', [], [dy!, x!, gamma!, mean!, factor!], 3),
  );
  replaceGradient({
    kernelName: KERNEL,
    inputsToSave: ['x', 'gamma'],
    outputsToSave: [false, true, true],
    gradFunc: (dys, [x, gamma, mean, factor]) => {
      const inputs = { dy: (dys as tf.Tensor[])[0]!, x: x!, gamma: gamma!, mean: mean!, factor: factor! };
      const [dx, dGamma, dBeta] = runNative<tf.Tensor[]>(GRADIENT, inputs);
      return { x: () => dx!, gamma: () => dGamma!, beta: () => dBeta! };
    },
  });
  replaceGradient({
    kernelName: GRADIENT,
    inputsToSave: ['dy', 'x', 'gamma', 'mean', 'factor'],
    gradFunc: (of, saved) => ofGradient(of as tf.Tensor[], saved),
  });
}

/**
 * The gradient of ⟨a, dx⟩ + ⟨b, dGamma⟩ + ⟨c, dBeta⟩. With r = 1/√(variance + ε), z = (x − mean) r, g = γ dy and
 * P u = u − mean(u) − z mean(z u): dx = r P g, dGamma = Σ z dy, dBeta = Σ dy. What hangs on x through mean and r is in
 * the gradient of x.
 */
function ofGradient(of: tf.Tensor[], saved: tf.Tensor[]): Record<string, () => tf.Tensor> {
  const [a, b, c] = of as [tf.Tensor, tf.Tensor, tf.Tensor];
  const [dy, x, gamma, mean, factor] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const column = (value: tf.Tensor): tf.Tensor => tf.expandDims(value, -1);
  const average = (value: tf.Tensor): tf.Tensor => tf.mean(value, -1, true);
  const r = column(factor);
  const z = tf.mul(tf.sub(x, column(mean)), r);
  const project = (u: tf.Tensor): tf.Tensor =>
    tf.sub(tf.sub(u, average(u)), tf.mul(z, average(tf.mul(z, u))));
  const g = tf.mul(dy, gamma);
  const toGamma = (): tf.Tensor => {
    const rows = tf.reshape(tf.mul(dy, tf.mul(project(a), r)), [-1, gamma.size]);
    return tf.sum(rows, 0);
  };
  return {
    dy: () => tf.add(tf.mul(tf.mul(project(a), r), gamma), tf.add(tf.mul(z, b), c)),
    gamma: toGamma,
    x: () => {
      const coupled = tf.add(tf.mul(a, average(tf.mul(z, g))), tf.mul(g, average(tf.mul(z, a))));
      const ofZ = tf.sub(tf.mul(dy, b), tf.mul(coupled, r));
      const throughR = tf.mul(z, tf.mul(tf.square(r), average(tf.mul(a, project(g)))));
      return tf.sub(tf.mul(project(ofZ), r), throughR);
    },
    mean: () => tf.zerosLike(mean),
    factor: () => tf.zerosLike(factor),
  };
}
