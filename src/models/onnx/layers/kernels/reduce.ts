import * as tf from '@tensorflow/tfjs-core';
import type { Attributes } from '../../values.js';
import { flat } from './flat.js';
import type { Kernels } from './kernels.js';

const over = ({ axes, keep }: Attributes) => [axes as number[], keep as boolean] as const;

/** What makes one value of many. */
export const reduce: Kernels = {
  argMax: flat(([x], attributes) => extreme(tf.argMax, x!, attributes)),
  argMin: flat(([x], attributes) => extreme(tf.argMin, x!, attributes)),
  cumSum: ([x], { axis, exclusive, reverse }) =>
    cumSum(x!, axis as number, exclusive as boolean, reverse as boolean),
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
  topIndices: flat(([x], { count, largest }) =>
    tf.cast(top(x!, count as number, largest as boolean), 'float32'),
  ),
  topValues: ([x], { count, largest }) => topValues(x!, count as number, largest as boolean),
};

/** tfjs's own gradient is wrong for every axis but the last. */
function cumSum(x: tf.Tensor, axis: number, exclusive: boolean, reverse: boolean): tf.Tensor {
  return tf.customGrad((given: unknown) => ({
    value: tf.cumsum(given as tf.Tensor, axis, exclusive, reverse),
    gradFunc: (dy: tf.Tensor) => [tf.cumsum(dy, axis, exclusive, !reverse)],
  }))(x);
}

function extreme(choose: typeof tf.argMax, x: tf.Tensor, { axis, keep, last }: Attributes): tf.Tensor {
  const along = axis as number;
  const first = choose(last ? tf.reverse(x, along) : x, along);
  const index = tf.cast(last ? tf.sub(x.shape[along]! - 1, first) : first, 'float32');
  return keep ? tf.expandDims(index, along) : index;
}

function top(x: tf.Tensor, count: number, largest: boolean): tf.Tensor {
  return tf.topk(largest ? x : tf.neg(x), count).indices;
}

/** tfjs knows no gradient of its own tf.topk. */
function topValues(x: tf.Tensor, count: number, largest: boolean): tf.Tensor {
  const ones = flat(([given]) => tf.oneHot(tf.cast(top(given!, count, largest), 'int32'), x.shape.at(-1)!))(
    [x],
    {},
  );
  return tf.sum(tf.mul(tf.cast(ones, 'float32'), tf.expandDims(x, x.rank - 1)), -1);
}
