import * as tf from '@tensorflow/tfjs-core';
import type { Attributes } from '../../values.js';
import type { Kernels } from './kernels.js';

const over = ({ axes, keep }: Attributes) => [axes as number[], keep as boolean] as const;

/** What makes one value of many. */
export const reduce: Kernels = {
  argMax: ([x], { axis, keep }) => kept(tf.argMax(x!, axis as number), axis as number, keep as boolean),
  argMin: ([x], { axis, keep }) => kept(tf.argMin(x!, axis as number), axis as number, keep as boolean),
  reduceMax: ([x], a) => tf.max(x!, ...over(a)),
  reduceMean: ([x], a) => tf.mean(x!, ...over(a)),
  reduceMin: ([x], a) => tf.min(x!, ...over(a)),
  reduceProd: ([x], a) => tf.prod(x!, ...over(a)),
  reduceSum: ([x], a) => tf.sum(x!, ...over(a)),
  reduceAbsSum: ([x], a) => tf.sum(tf.abs(x!), ...over(a)),
  reduceLogSum: ([x], a) => tf.log(tf.sum(x!, ...over(a))),
  reduceLogSumExp: ([x], a) => tf.logSumExp(x!, ...over(a)),
  reduceNorm: ([x], a) => tf.sqrt(tf.sum(tf.square(x!), ...over(a))),
  reduceSquareSum: ([x], a) => tf.sum(tf.square(x!), ...over(a)),
  topValues: ([x], { count, largest }) => {
    if (largest) return tf.topk(x!, count as number).values;
    return tf.neg(tf.topk(tf.neg(x!), count as number).values);
  },
};

function kept(x: tf.Tensor, axis: number, keep: boolean): tf.Tensor {
  const float = tf.cast(x, 'float32');
  return keep ? tf.expandDims(float, axis) : float;
}
