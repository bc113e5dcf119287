import * as tf from '@tensorflow/tfjs-core';
import { random } from '../../../src/random.js';
import type { Kind, Spec } from './program.js';

export const DTYPES = { float: 'float32', exact: 'float32', int: 'int32', bool: 'bool' } as const;

/** The tensor that a spec describes: floats in [-1, 1], exact multiples of 1/4 in [-4, 4], integers from -8 to 8. */
export function tensorOf({ shape, kind, seed }: Spec): tf.Tensor {
  const next = random(seed);
  const size = shape.reduce((product, side) => product * side, 1);
  const draw: Record<Kind, () => number> = {
    float: () => 2 * next() - 1,
    exact: () => Math.floor(next() * 33) / 4 - 4,
    int: () => Math.floor(next() * 17) - 8,
    bool: () => (next() < 0.5 ? 0 : 1),
  };
  const values = Array.from({ length: size }, draw[kind]);
  const arrays = { float: Float32Array, exact: Float32Array, int: Int32Array, bool: Uint8Array };
  return tf.tensor(arrays[kind].from(values), shape, DTYPES[kind]);
}

/** Weights in [0.25, 1.25] for sums that are differentiated: no two elements alike, none lost. */
export function weights(shape: readonly number[]): tf.Tensor {
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => 0.75 + 0.5 * Math.sin(1 + 1.7 * i)),
    [...shape],
  );
}
