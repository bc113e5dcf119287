import * as tf from '@tensorflow/tfjs-core';
import { fit, ranked } from '../fit.js';
import { grows, op, type Vocabulary } from './op.js';

type Reduce = (x: tf.Tensor, axes?: number[], keep?: boolean) => tf.Tensor;

/** Axes out of the bits of a number; none at all means: over everything. */
function axes(x: tf.Tensor, choice: number): number[] | undefined {
  const chosen = x.shape.map((_, i) => i).filter((i) => (choice >> i) & 1);
  return chosen.length === 0 ? undefined : chosen.map((i) => ((choice >> 4) & 1 ? i - x.rank : i));
}

const reduction =
  (reduce: Reduce) =>
  (x: tf.Tensor, _: tf.Tensor, [over, keep]: number[]) =>
    reduce(x, axes(x, over!), keep! % 2 === 0);
/** One axis of x. */
const along = (x: tf.Tensor, choice: number): number => choice % x.rank;
const rows = (x: tf.Tensor): tf.Tensor2D => ranked(x, 2, 2) as tf.Tensor2D;
/** Probabilities, rows that sum to one. */
const shares = (y: tf.Tensor, x: tf.Tensor): tf.Tensor2D => tf.softmax(fit(y, x.shape)) as tf.Tensor2D;
const away = (x: tf.Tensor): tf.Tensor => tf.add(tf.softplus(x), 0.2);

/** Sums, means, extremes, running sums and losses. */
export const reductions: Vocabulary = {
  sum: op('F>F', 2, reduction(tf.sum), grows.sums),
  mean: op('F>F', 2, reduction(tf.mean)),
  max: op('F>F', 1, reduction(tf.max)),
  min: op('F>F', 1, reduction(tf.min)),
  logSumExp: op('F>F', 1, reduction(tf.logSumExp), grows.sums),
  norm: op(
    'F>F',
    2,
    (x, _, choices) =>
      reduction((y, over, keep) => tf.norm(away(y), 'euclidean', over, keep))(ranked(x, 0, 2), x, choices),
    grows.sums,
  ),
  prod: op('F>F', 1, (x, _, [over]) => {
    const matrix = rows(x);
    const few = tf.slice(matrix, [0, 0], [matrix.shape[0], Math.min(3, matrix.shape[1])]);
    return tf.prod(tf.add(tf.tanh(few), 1.5), 1, over! % 2 === 0);
  }, grows.to(4)), // prettier-ignore
  variance: op('F>F', 2, (x, _, [over, keep]) => tf.moments(x, axes(x, over!), keep! % 2 === 0).variance, ([x]) => 2 * x!), // prettier-ignore
  'centered': op('F>F', 2, (x) => (x.rank === 0 ? tf.neg(x) : tf.sub(x, tf.mul(0.5, tf.mean(x, -1, true)))), grows.sum), // prettier-ignore
  softmax: op('F>F', 2, (x) => tf.softmax(ranked(x, 1, 4)), grows.to(0)),
  logSoftmax: op('F>F', 2, (x) => tf.logSoftmax(ranked(x, 1, 4)), grows.sums),
  // tfjs's gradient of cumsum is wrong on other axes than the last.
  cumsum: op('F>F', 2, (x, _, [how]) => tf.cumsum(ranked(x, 1, 4), Math.max(x.rank, 1) - 1, (how! & 1) === 1, (how! & 2) === 2), grows.sums), // prettier-ignore
  'cumsum on any axis': op('F>F', 0, (x, _, [axis, how]) => {
    const y = ranked(x, 1, 4);
    return tf.cumsum(y, along(y, axis!), (how! & 1) === 1, (how! & 2) === 2);
  }, grows.sums), // prettier-ignore
  cumprod: op('F>F', 0, (x, _, [axis]) => {
    const y = ranked(x, 1, 4);
    return tf.cumprod(tf.add(tf.mul(tf.tanh(y), 0.3), 1), along(y, axis!));
  }, grows.to(4)), // prettier-ignore
  'exact sum': op('E>E', 0, reduction(tf.sum), grows.sums),
  'exact max': op('E>E', 0, reduction(tf.max)),
  'int sum': op('I>I', 0, reduction(tf.sum), grows.sums),
  'int max': op('I>I', 0, reduction(tf.max)),
  'int min': op('I>I', 0, reduction(tf.min)),
  'mean of integers': op('I>F', 0, reduction(tf.mean)),
  'mean of truth values': op('B>F', 0, reduction(tf.mean)),
  'sum of truth values': op('B>I', 0, reduction(tf.sum), grows.sums),
  'variance of integers': op(
    'I>F',
    0,
    (x) => tf.moments(x).variance,
    ([x]) => 2 * x!,
  ),
  all: op('B>B', 0, reduction(tf.all)),
  any: op('B>B', 0, reduction(tf.any)),
  argMax: op(
    'E>I',
    0,
    (x, _, [axis]) => tf.argMax(ranked(x, 1, 4), along(ranked(x, 1, 4), axis!)),
    grows.to(4),
  ),
  argMin: op(
    'E>I',
    0,
    (x, _, [axis]) => tf.argMin(ranked(x, 1, 4), along(ranked(x, 1, 4), axis!)),
    grows.to(4),
  ),
  topk: op('E>E', 0, (x, _, [k]) => {
    const y = ranked(x, 1, 4);
    return tf.topk(y, 1 + (k! % y.shape.at(-1)!)).values;
  }), // prettier-ignore
  bincount: op('IF>F', 0, (x, y) => {
    const indices = tf.mod<tf.Tensor1D>(fit(x, [Math.min(x.size, 20)]), tf.scalar(5, 'int32'));
    return tf.bincount(indices, fit(y, indices.shape) as tf.Tensor1D, 5);
  }, grows.sums), // prettier-ignore
  'softmax cross-entropy': op('FF>F', 2, (x, y) => tf.losses.softmaxCrossEntropy(shares(y, rows(x)), rows(x)), grows.sums), // prettier-ignore
  'cross-entropy of labels': op('FE>F', 2, (x, y) => {
    const logits = fit(x, [3, 4]) as tf.Tensor2D;
    const labels = tf.mod(tf.cast(tf.floor(fit(y, [3])), 'int32'), tf.scalar(4, 'int32'));
    return tf.losses.softmaxCrossEntropy(tf.oneHot(labels, 4), logits);
  }, grows.sums), // prettier-ignore
  'sigmoid cross-entropy': op('FF>F', 2, (x, y) => tf.losses.sigmoidCrossEntropy(tf.sigmoid(fit(y, x.shape)), x), grows.sum), // prettier-ignore
  'mean squared error': op('FF>F', 2, (x, y) => tf.losses.meanSquaredError(fit(y, x.shape), x), (bounds) => 2 * Math.max(...bounds)), // prettier-ignore
  'huber loss': op('FF>F', 1, (x, y) => tf.losses.huberLoss(fit(y, x.shape), x, undefined, 0.5), grows.sum),
  'absolute difference': op('FF>F', 2, (x, y) => tf.losses.absoluteDifference(fit(y, x.shape), x), grows.sum),
  'hinge loss': op('BF>F', 2, (x, y) => tf.losses.hingeLoss(fit(x, y.shape), y), grows.sum),
  'log loss': op('FF>F', 2, (x, y) => tf.losses.logLoss(tf.sigmoid(fit(y, x.shape)), tf.add(tf.mul(tf.sigmoid(x), 0.8), 0.1)), grows.to(3)), // prettier-ignore
};
