import * as tf from '@tensorflow/tfjs-core';
import { attribute, FLOAT_TYPE, rawOperations } from './native-ops.js';

/**
 * Replaces gradients of tfjs that are right but slow: ReLU's, which multiplies by a step function made on the host,
 * and those of Sum and Mean, which multiply by ones of the input's size. The values stay the same on every backend.
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

function replaceGradient(config: tf.GradConfig): void {
  tf.unregisterGradient(config.kernelName);
  tf.registerGradient(config);
}

function reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const raw = rawOperations();
  if (raw) return raw.executeMultipleOutputs('ReluGrad', [FLOAT_TYPE], [dy, y], 1)[0]!;
  return tf.mul(dy, tf.cast(tf.step(y), 'float32'));
}

function axesOf(attrs: tf.NamedAttrMap, rank: number): number[] {
  const { axis } = attrs as { axis?: number | number[] | null };
  if (axis === undefined || axis === null) return Array.from({ length: rank }, (_, i) => i);
  return (Array.isArray(axis) ? axis : [axis]).map((a) => (a < 0 ? a + rank : a));
}

/** dy, back to the shape that was reduced over `axes`. */
function spread(dy: tf.Tensor, shape: number[], axes: number[]): tf.Tensor {
  const kept = shape.map((side, i) => (axes.includes(i) ? 1 : side));
  const reshaped = tf.reshape(dy, kept);
  const raw = rawOperations();
  if (!raw) return tf.broadcastTo(reshaped, shape);
  const attributes = [FLOAT_TYPE, attribute('Tidx', 'type', 3)];
  return raw.executeMultipleOutputs(
    'BroadcastTo',
    attributes,
    [reshaped, tf.tensor1d(shape, 'int32')],
    1,
  )[0]!;
}
