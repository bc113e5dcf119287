import * as tf from '@tensorflow/tfjs-core';
import { anywhere, differentiable, floats, forwardOnly, indices, positives, type OpCase } from './op-case.js';

const unary: OpCase[] = [
  // prettier-ignore
  ...(['abs', 'atan', 'ceil', 'cos', 'cosh', 'elu', 'erf', 'exp', 'expm1', 'floor', 'neg', 'relu', 'relu6'] as const),
  // prettier-ignore
  ...(['round', 'selu', 'sigmoid', 'sign', 'sin', 'sinh', 'softplus', 'square', 'step', 'tan', 'tanh'] as const),
  ...(['asinh', 'logSigmoid', 'onesLike', 'zerosLike'] as const),
].map((name) => differentiable(name, (x: tf.Tensor) => tf[name](x), anywhere));

const unaryPositive: OpCase[] = (['log', 'log1p', 'sqrt', 'rsqrt', 'reciprocal'] as const).map((name) =>
  differentiable(name, (x: tf.Tensor) => tf[name](x), positives([2, 3, 4])),
);

const bounded: OpCase[] = (['acos', 'asin', 'atanh'] as const).map((name) =>
  differentiable(name, (x: tf.Tensor) => tf[name](tf.mul(x, 0.9)), anywhere),
);

const binary: OpCase[] = [
  ...(['add', 'sub', 'mul', 'div', 'atan2', 'mod'] as const).map((name) =>
    differentiable(
      name,
      (x: tf.Tensor, y: tf.Tensor) => tf[name](x, y),
      floats([2, 3, 4]),
      positives([3, 1], 5),
    ),
  ),
  // tfjs's gradients of these know no broadcasting.
  ...(['maximum', 'minimum', 'squaredDifference'] as const).map((name) =>
    differentiable(
      name,
      (x: tf.Tensor, y: tf.Tensor) => tf[name](x, y),
      floats([2, 3, 4]),
      positives([2, 3, 4], 5),
    ),
  ),
];

const compared: OpCase[] = (
  ['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'] as const
).map((name) =>
  forwardOnly(name, (x: tf.Tensor, y: tf.Tensor) => tf[name](x, y), indices([3, 4], 3), indices([4], 3, 5)),
);

const reductions: OpCase[] = (['sum', 'mean', 'max', 'min', 'prod', 'logSumExp', 'norm'] as const).flatMap(
  (name) => [
    differentiable(
      `${name} of everything`,
      (x: tf.Tensor) => (tf[name] as typeof tf.sum)(x),
      positives([2, 3, 4]),
    ),
    differentiable(
      `${name} over axes`,
      (x: tf.Tensor) => reduce(name, x, [0, 2], false),
      positives([2, 3, 4]),
    ),
    differentiable(
      `${name} keeping dims`,
      (x: tf.Tensor) => reduce(name, x, [2], true),
      positives([2, 3, 4]),
    ),
  ],
);

function reduce(
  name: 'norm' | 'sum' | 'mean' | 'max' | 'min' | 'prod' | 'logSumExp',
  x: tf.Tensor,
  axes: number[],
  keep: boolean,
) {
  return name === 'norm' ? tf.norm(x, 'euclidean', axes, keep) : tf[name](x, axes, keep);
}

/** Functions of single elements, comparisons and reductions. */
export const elementwise: OpCase[] = [
  ...unary,
  ...unaryPositive,
  ...bounded,
  ...binary,
  ...compared,
  ...reductions,
];
