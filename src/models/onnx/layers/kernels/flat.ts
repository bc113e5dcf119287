import * as tf from '@tensorflow/tfjs-core';
import type { Kernel } from './kernels.js';

/** A computation that small changes of its inputs do not change, such as a comparison: its gradient is 0. */
export function flat(compute: Kernel): Kernel {
  return (inputs, attributes) =>
    tf.customGrad((...given: unknown[]) => ({
      value: compute(given.slice(0, inputs.length) as tf.Tensor[], attributes),
      gradFunc: () => inputs.map(({ shape }) => tf.zeros(shape)),
    }))(...inputs);
}
