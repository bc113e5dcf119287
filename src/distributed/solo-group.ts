import * as tf from '@tensorflow/tfjs-core';
import type { Group } from './types.js';

/** The group of a process that trains alone: what is reduced comes back as it is. Loads nothing, listens to nobody. */
export function soloGroup(): Group {
  const same = (tensors: readonly tf.Tensor[]): tf.Tensor[] => tensors.map((tensor) => tensor.clone());
  return {
    rank: 0,
    size: 1,
    sum: same,
    mean: same,
    stack: (tensor) => tf.expandDims(tensor, 0),
    broadcast: () => undefined,
    gather: (value) => Promise.resolve([value]),
    barrier: () => Promise.resolve(),
    reached: () => undefined,
    cause: (error) => Promise.resolve(error),
    fail: () => Promise.resolve(),
    leave: () => Promise.resolve(),
  };
}
