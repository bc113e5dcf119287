import * as tf from '@tensorflow/tfjs-core';

/** tf.tile for any rank: tfjs has its gradient for four axes at most. */
export function tiled(x: tf.Tensor, repeats: number[]): tf.Tensor {
  if (repeats.every((times) => times === 1)) return x;
  return tf.customGrad((given: unknown) => ({
    value: tf.tile(given as tf.Tensor, repeats),
    gradFunc: (dy: tf.Tensor) => [summed(dy, x.shape, repeats)],
  }))(x);
}

function summed(dy: tf.Tensor, shape: number[], repeats: number[]): tf.Tensor {
  let sizes = [...dy.shape];
  let sum = dy;
  for (const [axis, times] of repeats.entries()) {
    if (times === 1) continue;
    const count = (list: number[]) => list.reduce((product, size) => product * size, 1);
    const [before, behind] = [count(sizes.slice(0, axis)), count(sizes.slice(axis + 1))];
    sum = tf.sum(tf.reshape(sum, [before, times, shape[axis]!, behind]), 1);
    sizes = sizes.map((size, at) => (at === axis ? shape[axis]! : size));
  }
  return tf.reshape(sum, shape);
}
