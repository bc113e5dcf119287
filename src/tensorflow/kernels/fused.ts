import * as tf from '@tensorflow/tfjs-core';
import { replaceGradient } from './gradients.js';
import { execute, registerNativeKernel, runNative } from './native-kernel.js';
import { FLOAT_TYPE, hasFused } from './native-ops.js';

/** A function of one number, applied to each; with its second derivative. */
interface Curve {
  /** Of TensorFlow, with that of its gradient. */
  operations: readonly [string, string];
  second(x: tf.Tensor): tf.Tensor;
}

const curves = {
  CamtuneGelu: {
    operations: ['CamtuneGelu', 'CamtuneGeluGrad'],
    second: (x) => tf.mul(density(x), tf.sub(2, tf.square(x))),
  },
  CamtuneGeluTanh: {
    operations: ['CamtuneGeluTanh', 'CamtuneGeluTanhGrad'],
    second(x) {
      const slope = tf.mul(SCALE, tf.add(1, tf.mul(3 * CUBE, tf.square(x))));
      const s = tf.sigmoid(tanhInner(x));
      const first = tf.mul(s, tf.sub(1, s));
      const curvature = tf.mul(first, tf.sub(1, tf.mul(2, s)));
      const bend = tf.add(tf.mul(curvature, tf.square(slope)), tf.mul(first, tf.mul(6 * SCALE * CUBE, x)));
      return tf.add(tf.mul(tf.mul(2, slope), first), tf.mul(x, bend));
    },
  },
  CamtuneSwish: {
    operations: ['CamtuneSwish', 'CamtuneSwishGrad'],
    second(x) {
      const s = tf.sigmoid(x);
      return tf.mul(tf.mul(s, tf.sub(1, s)), tf.add(2, tf.mul(x, tf.sub(1, tf.mul(2, s)))));
    },
  },
  CamtuneRelu6: { operations: ['Relu6', 'Relu6Grad'], second: (x) => tf.zerosLike(x) },
} as const satisfies Record<string, Curve>;

/** u of GELU's approximation x · sigmoid(u): twice what stands in the hyperbolic tangent. */
function tanhInner(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(SCALE, x), tf.add(1, tf.mul(CUBE, tf.square(x))));
}

const SCALE = 2 * Math.sqrt(2 / Math.PI);
const CUBE = 0.044715;

/**
 * GELU, x · Φ(x). One operation forward and one backward on a CPU's native backend.
 *
 * @param x float32, any shape
 * @param tanh Φ by tanh's approximation, not by the error function
 * @see Hendrycks & Gimpel (2016), "Gaussian Error Linear Units"
 */
export function gelu<T extends tf.Tensor>(x: T, tanh = false): T {
  if (hasFused(x)) return runNative<T>(tanh ? 'CamtuneGeluTanh' : 'CamtuneGelu', { x });
  if (tanh) return tf.tidy(() => tf.mul<T>(x, tf.sigmoid(tanhInner(x))));
  // Keeps its input alone, where a chain of operations would keep four values of its size.
  const apply = tf.customGrad((x, save) => {
    (save as tf.GradSaveFunc)([x as tf.Tensor]);
    return {
      value: tf.tidy(() => tf.mul(x as tf.Tensor, cumulative(x as tf.Tensor))),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x] = saved as [tf.Tensor];
        return tf.mul(dy, tf.add(cumulative(x), tf.mul(x, density(x))));
      },
    };
  });
  return apply(x) as T;
}

/** Swish, or SiLU: x · sigmoid(x). @see Ramachandran, Zoph & Le (2017), "Searching for Activation Functions" */
export function swish<T extends tf.Tensor>(x: T): T {
  if (hasFused(x)) return runNative<T>('CamtuneSwish', { x });
  return tf.tidy(() => tf.mul<T>(x, tf.sigmoid(x)));
}

/** min(max(x, 0), 6), whose slope at 0 and at 6 is 0, as in PyTorch. */
export function relu6<T extends tf.Tensor>(x: T): T {
  if (hasFused(x)) return runNative<T>('CamtuneRelu6', { x });
  return tf.tidy(() => tf.minimum<T>(6, tf.relu(x)));
}

/** The normal distribution's density. */
function density(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
}

/** Φ, the normal distribution's. */
function cumulative(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
}

/** The kernels behind these functions and behind the gradient of softmax, with gradients of their own. */
export function registerFused(): void {
  for (const [name, { operations, second }] of Object.entries(curves) as [string, Curve][]) {
    const [forward, backward] = operations;
    registerNativeKernel(name, ({ inputs: { x } }) => execute(forward, [FLOAT_TYPE], [x!], 1)[0]!);
    registerNativeKernel(
      `${name}Gradient`,
      ({ inputs: { dy, x } }) => execute(backward, [FLOAT_TYPE], [dy!, x!], 1)[0]!,
    );
    replaceGradient({
      kernelName: name,
      inputsToSave: ['x'],
      gradFunc: (dy, [x]) => ({ x: () => runNative(`${name}Gradient`, { dy: dy as tf.Tensor, x: x! }) }),
    });
    replaceGradient({
      kernelName: `${name}Gradient`,
      inputsToSave: ['dy', 'x'],
      gradFunc: (ddy, [dy, x]) => ({
        dy: () => runNative(`${name}Gradient`, { dy: ddy as tf.Tensor, x: x! }),
        x: () => tf.mul(tf.mul(ddy as tf.Tensor, dy!), second(x!)),
      }),
    });
  }
  registerSoftmaxGradient();
}

function registerSoftmaxGradient(): void {
  registerNativeKernel(
    'SoftmaxGradient',
    ({ inputs: { dy, y } }) => execute('CamtuneSoftmaxGrad', [], [dy!, y!], 1)[0]!,
  );
  replaceGradient({
    kernelName: 'Softmax',
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({ logits: () => softmaxGradient(dy as tf.Tensor, y!) }),
  });
  replaceGradient({
    kernelName: 'SoftmaxGradient',
    inputsToSave: ['dy', 'y'],
    gradFunc: (of, [dy, y]) => ({
      dy: () => softmaxGradient(of as tf.Tensor, y!),
      y: () => {
        const [a, sums] = [of as tf.Tensor, (z: tf.Tensor) => tf.sum(tf.mul(z, y!), -1, true)];
        return tf.sub(tf.mul(a, tf.sub(dy!, sums(dy!))), tf.mul(dy!, sums(a)));
      },
    }),
  });
}

function softmaxGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  if (hasFused(y)) return runNative('SoftmaxGradient', { dy, y });
  const product = tf.mul(dy, y);
  return tf.sub(product, tf.mul(tf.sum(product, -1, true), y));
}
