import * as tf from '@tensorflow/tfjs-core';
import { replaceGradient } from './gradients.js';
import { execute, registerNativeKernel, runNative } from './native-kernel.js';
import { FLOAT_TYPE } from './native-ops.js';

/** The kernel `ReluGrad`: dy where y, the output of a ReLU, is above 0, and 0 elsewhere. */
export function registerReluGradient(): void {
  registerNativeKernel(
    'ReluGrad',
    ({ inputs: { dy, y } }) => execute('ReluGrad', [FLOAT_TYPE], [dy!, y!], 1)[0]!,
  );
  replaceGradient({
    kernelName: 'ReluGrad',
    outputsToSave: [],
    inputsToSave: ['y'],
    gradFunc: (ddy, [y]) => ({
      dy: () => runNative('ReluGrad', { dy: ddy as tf.Tensor, y: y! }),
      // Flat on both sides of 0.
      y: () => tf.zerosLike(y!),
    }),
  });
}
