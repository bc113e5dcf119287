import * as tf from '@tensorflow/tfjs-core';
import { hasNative, runNative } from './native-kernel.js';

/**
 * Replaces gradients of tfjs that are right but slow: ReLU's, which multiplies by a step function made on the host,
 * and those of Sum and Mean, which multiply by ones of the input's size. The values stay the same on every backend,
 * those of higher derivatives too.
 */
export function registerFastGradients(): void {
  replaceGradient({
    kernelName: 'Relu',
    // The output serves as well as the input, and the next layer keeps it anyway.
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({ x: () => reluGradient(dy as tf.Tensor, y!) }),
  });
  replaceGradient({
    kernelName: 'Sum',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => ({ x: () => spread(dy as tf.Tensor, x!.shape, axesOf(attrs, x!.rank)) }),
  });
  replaceGradient({
    kernelName: 'Mean',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => ({
      x: () => {
        const axes = axesOf(attrs, x!.rank);
        const count = axes.reduce((product, axis) => product * x!.shape[axis]!, 1);
        return spread(tf.div(dy as tf.Tensor, count), x!.shape, axes);
      },
    }),
  });
}

/** Registers the gradient of a kernel in place of the one that is there. */
export function replaceGradient(config: tf.GradConfig): void {
  if (tf.getGradient(config.kernelName)) tf.unregisterGradient(config.kernelName);
  tf.registerGradient(config);
}

function reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  if (hasNative()) return runNative('ReluGrad', { dy, y });
  return tf.mul(dy, tf.cast(tf.step(y), 'float32'));
}

function axesOf(attrs: tf.NamedAttrMap, rank: number): number[] {
  const { axis } = attrs as { axis?: number | number[] | null };
  if (axis === undefined || axis === null) return Array.from({ length: rank }, (_, i) => i);
  return (Array.isArray(axis) ? axis : [axis]).map((a) => (a < 0 ? a + rank : a));
}

/** dy, back to the shape that was reduced over `axes`. */
function spread(dy: tf.Tensor, shape: number[], axes: number[]): tf.Tensor {
  const inputShape = shape.map((side, i) => (axes.includes(i) ? 1 : side));
  const reshaped = tf.reshape(dy, inputShape);
  if (hasNative()) return runNative('BroadcastTo', { x: reshaped }, { shape, inputShape });
  return tf.broadcastTo(reshaped, shape);
}
