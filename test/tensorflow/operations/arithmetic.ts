import * as tf from '@tensorflow/tfjs-core';
import {
  anywhere,
  differentiable,
  flags,
  floats,
  forwardOnly,
  indices,
  positives,
  type OpCase,
} from './op-case.js';

/** Selections, running sums, casts, matrix products and losses. */
export const arithmetic: OpCase[] = [
  differentiable('pow', (x: tf.Tensor, y: tf.Tensor) => tf.pow(x, y), positives([2, 3]), floats([3], 4)),
  forwardOnly(
    'divNoNan',
    (x: tf.Tensor, y: tf.Tensor) => tf.divNoNan(x, tf.relu(y)),
    floats([4, 4]),
    floats([4, 4], 3),
  ),
  forwardOnly(
    'floorDiv',
    (x: tf.Tensor, y: tf.Tensor) => tf.floorDiv(x, y),
    indices([6], 50),
    () => tf.scalar(7, 'int32'),
  ),
  differentiable(
    'addN',
    (x: tf.Tensor, y: tf.Tensor) => tf.addN([x, y, x]),
    floats([2, 3]),
    floats([2, 3], 4),
  ),
  differentiable('clipByValue', (x: tf.Tensor) => tf.clipByValue(x, -0.4, 0.6), anywhere),
  differentiable('leakyRelu', (x: tf.Tensor) => tf.leakyRelu(x, 0.1), anywhere),
  differentiable('prelu', (x: tf.Tensor, a: tf.Tensor) => tf.prelu(x, a), anywhere, floats([4], 3)),
  differentiable(
    'where',
    (c: tf.Tensor, x: tf.Tensor, y: tf.Tensor) => tf.where(c, x, y),
    flags([2, 3]),
    floats([2, 3]),
    floats([2, 3], 7),
  ),
  forwardOnly(
    'logical ops',
    (x: tf.Tensor, y: tf.Tensor) => {
      return [
        tf.logicalAnd(x, y),
        tf.logicalOr(x, y),
        tf.logicalNot(x),
        tf.logicalXor(x, y),
        tf.all(x, 1),
        tf.any(x, 0),
      ];
    },
    flags([3, 4]),
    flags([3, 4], 5),
  ),
  forwardOnly(
    'isNaN, isInf, isFinite',
    (x: tf.Tensor) => {
      const odd = tf.div(x, tf.relu(x));
      return [tf.isNaN(odd), tf.isInf(odd), tf.isFinite(odd)];
    },
    anywhere,
  ),
  differentiable('cumsum', (x: tf.Tensor) => tf.cumsum(x, 2), anywhere),
  forwardOnly(
    'cumsum on other axes',
    (x: tf.Tensor) => [tf.cumsum(x, 0), tf.cumsum(x, 1, true, true)],
    anywhere,
  ),
  forwardOnly('cumprod', (x: tf.Tensor) => tf.cumprod(x, 1), anywhere),
  differentiable('moments', (x: tf.Tensor) => tf.moments(x, [0, 1]), anywhere),
  forwardOnly('argMax, argMin', (x: tf.Tensor) => [tf.argMax(x, 1), tf.argMin(x, -1)], anywhere),
  forwardOnly('topk', (x: tf.Tensor) => tf.topk(x, 2), anywhere),
  forwardOnly(
    'cast',
    (x: tf.Tensor) => [tf.cast(x, 'int32'), tf.cast(x, 'bool'), tf.cast(tf.cast(x, 'int32'), 'float32')],
    positives([7]),
  ),
  forwardOnly(
    'integer arithmetic',
    (x: tf.Tensor) => [tf.add(x, x), tf.mul(x, tf.scalar(3, 'int32')), tf.sum(x), tf.max(x)],
    indices([5], 90),
  ),
  forwardOnly(
    'einsum',
    (x: tf.Tensor, y: tf.Tensor) => tf.einsum('bij,bjk->bik', x, y),
    floats([2, 3, 4]),
    floats([2, 4, 5], 3),
  ),
  differentiable(
    'matMul',
    (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y),
    floats([3, 4]),
    floats([4, 5], 2),
  ),
  differentiable(
    'matMul transposed',
    (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, true, true),
    floats([4, 3]),
    floats([5, 4], 2),
  ),
  differentiable(
    'matMul in batches',
    (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, false, true),
    floats([2, 3, 4]),
    floats([2, 5, 4], 2),
  ),
  forwardOnly(
    'matMul broadcast',
    (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y),
    floats([2, 3, 4]),
    floats([1, 4, 5], 2),
  ),
  differentiable('dot', (x: tf.Tensor, y: tf.Tensor) => tf.dot(x, y), floats([6]), floats([6], 3)),
  differentiable(
    'outerProduct',
    (x: tf.Tensor1D, y: tf.Tensor1D) => tf.outerProduct(x, y),
    floats([3]),
    floats([4], 3),
  ),
  differentiable(
    'fused.matMul',
    (x: tf.Tensor2D, y: tf.Tensor2D, bias: tf.Tensor) =>
      tf.fused.matMul({ a: x, b: y, bias, activation: 'relu' }),
    floats([3, 4]),
    floats([4, 5], 2),
    floats([5], 3),
  ),
  differentiable('softmax', (x: tf.Tensor) => tf.softmax(x), floats([3, 5])),
  differentiable('logSoftmax', (x: tf.Tensor) => tf.logSoftmax(x), floats([3, 5])),
  differentiable(
    'losses.softmaxCrossEntropy',
    (x: tf.Tensor2D) => tf.losses.softmaxCrossEntropy(tf.oneHot([1, 0, 4], 5), x),
    floats([3, 5]),
  ),
  differentiable(
    'losses.meanSquaredError',
    (x: tf.Tensor, y: tf.Tensor) => tf.losses.meanSquaredError(x, y),
    floats([3, 5]),
    floats([3, 5], 4),
  ),
  differentiable(
    'losses.huberLoss',
    (x: tf.Tensor, y: tf.Tensor) => tf.losses.huberLoss(x, y, undefined, 0.5),
    floats([3, 5]),
    floats([3, 5], 4),
  ),
  differentiable(
    'losses.sigmoidCrossEntropy',
    (x: tf.Tensor) => tf.losses.sigmoidCrossEntropy(tf.ones([3, 5]), x),
    floats([3, 5]),
  ),
];
