import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from './kernels.js';
import { tiled } from './tiled.js';

/** Products of matrices. */
export const product: Kernels = {
  matMul: ([a, b], { transposeA, transposeB }) => {
    const outer = broadcast(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
    return tf.matMul(spread(a!, outer), spread(b!, outer), transposeA as boolean, transposeB as boolean);
  },
};

// The gradient of tf.matMul knows nothing of broadcasting.
function spread(x: tf.Tensor, outer: number[]): tf.Tensor {
  const own = x.shape.slice(0, -2);
  const whole = [...outer.map((_, axis) => own[axis - outer.length + own.length] ?? 1), ...x.shape.slice(-2)];
  const repeats = [...outer.map((size, axis) => (whole[axis] === size ? 1 : size)), 1, 1];
  const aligned = whole.length === x.rank ? x : tf.reshape(x, whole);
  return tiled(aligned, repeats);
}

function broadcast(a: number[], b: number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) =>
    Math.max(a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1),
  );
}
