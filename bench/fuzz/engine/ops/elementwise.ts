import * as tf from '@tensorflow/tfjs-core';
import { beside, fit } from '../fit.js';
import { grows, type Op, op, type Vocabulary } from './op.js';

/** 0.2 and more, smoothly. */
const above = (x: tf.Tensor): tf.Tensor => tf.add(tf.softplus(x), 0.2);
/** In (-0.9, 0.9), smoothly. */
const inside = (x: tf.Tensor): tf.Tensor => tf.mul(tf.tanh(x), 0.9);

/** One entry for each name; `label` is put before the names. */
function each<N extends string>(names: readonly N[], make: (name: N) => Op, label = ''): Vocabulary {
  return Object.fromEntries(names.map((name) => [label + name, make(name)]));
}

const smooth: Vocabulary = {
  ...each(['sin', 'cos', 'tanh', 'sigmoid', 'elu', 'relu', 'atan', 'neg', 'abs', 'asinh'] as const, (name) =>
    op('F>F', 2, (x) => tf[name](x)),
  ),
  ...each(['selu', 'relu6'] as const, (name) => op('F>F', 1, (x) => tf[name](x))),
  ...each(['exp', 'expm1', 'sinh', 'cosh'] as const, (name) =>
    op('F>F', 2, (x) => tf[name](tf.mul(tf.tanh(x), 1.5)), grows.to(2)),
  ),
  ...each(['log', 'log1p', 'sqrt', 'rsqrt', 'reciprocal'] as const, (name) =>
    op('F>F', 2, (x) => tf[name](above(x)), grows.to(2)),
  ),
  ...each(['acos', 'asin', 'atanh', 'tan', 'erf'] as const, (name) =>
    op('F>F', 2, (x) => tf[name](inside(x)), grows.to(1)),
  ),
};

const binary: Vocabulary = {
  ...each(['add', 'sub', 'mul'] as const, (name) =>
    op(
      'FF>F',
      2,
      (x, y, [how]) => tf[name](x, beside(x, y, how!)),
      name === 'mul' ? grows.product : grows.sum,
    ),
  ),
  // tfjs's gradients of these know no broadcasting.
  ...each(['maximum', 'minimum'] as const, (name) => op('FF>F', 1, (x, y) => tf[name](x, fit(y, x.shape)))),
};

const exact: Vocabulary = {
  ...each(
    ['floor', 'ceil', 'round', 'sign', 'step', 'abs', 'neg', 'relu'] as const,
    (name) => op('E>E', 0, (x) => tf[name](x)),
    'exact ',
  ),
  ...each(
    ['add', 'sub', 'maximum', 'minimum'] as const,
    (name) => op('EE>E', 0, (x, y, [how]) => tf[name](x, beside(x, y, how!)), grows.sum),
    'exact ',
  ),
  ...each(['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'] as const, (name) =>
    op('EE>B', 0, (x, y, [how]) => tf[name](x, beside(x, y, how!))),
  ),
  ...each(
    ['equal', 'notEqual', 'less', 'greaterEqual'] as const,
    (name) => op('II>B', 0, (x, y, [how]) => tf[name](x, beside(x, y, how!))),
    'int ',
  ),
  ...each(
    ['add', 'sub', 'mul', 'maximum', 'minimum'] as const,
    (name) =>
      op(
        'II>I',
        0,
        (x, y, [how]) => tf[name](x, beside(x, y, how!)),
        name === 'mul' ? grows.product : grows.sum,
      ),
    'int ',
  ),
  ...each(['logicalAnd', 'logicalOr', 'logicalXor'] as const, (name) =>
    op('BB>B', 0, (x, y, [how]) => tf[name](x, beside(x, y, how!))),
  ),
};

/** Functions of single elements. */
export const elementwise: Vocabulary = {
  ...smooth,
  ...binary,
  ...exact,
  softplus: op('F>F', 2, (x) => tf.softplus(x), grows.sum),
  logSigmoid: op('F>F', 0, (x) => tf.logSigmoid(x), grows.sum),
  square: op('F>F', 2, (x) => tf.square(x), ([x]) => 2 * x!), // prettier-ignore
  acosh: op('F>F', 2, (x) => tf.acosh(tf.add(above(x), 1)), grows.to(2)),
  leakyRelu: op('F>F', 1, (x, _, [slope]) => tf.leakyRelu(x, (slope! % 8) / 8)),
  prelu: op('FF>F', 1, (x, y) => tf.prelu(x, x.rank === 0 ? fit(y, []) : fit(y, x.shape)), grows.product),
  clip: op('F>F', 1, (x, _, [limit]) => tf.clipByValue(x, -0.3, 0.4 + (limit! % 4) / 8), grows.to(0)),
  'add a number': op('F>F', 2, (x, _, [n]) => tf.add(x, ((n! % 17) - 8) / 8), grows.sum),
  'times a number': op('F>F', 2, (x, _, [n]) => tf.mul(x, ((n! % 17) - 8) / 8)),
  'times one': op('F>F', 2, (x) => tf.mul(x, 1)),
  'plus zero': op('F>F', 2, (x) => tf.add(x, 0)),
  swish: op('F>F', 2, (x) => tf.mul(x, tf.sigmoid(x))),
  div: op('FF>F', 2, (x, y, [how]) => tf.div(x, above(beside(x, y, how!))), ([x]) => x! + 3), // prettier-ignore
  divNoNan: op('FF>F', 0, (x, y, [how]) => tf.divNoNan(x, above(beside(x, y, how!))), ([x]) => x! + 3), // prettier-ignore
  atan2: op('FF>F', 2, (x, y, [how]) => tf.atan2(x, above(beside(x, y, how!))), grows.to(1)),
  pow: op('FF>F', 1, (x, y) => tf.pow(above(tf.tanh(x)), tf.tanh(fit(y, x.shape))), grows.to(3)),
  'pow of a number': op('F>F', 2, (x, _, [n]) => tf.pow(above(tf.tanh(x)), (n! % 7) / 2 - 1), grows.to(3)),
  squaredDifference: op(
    'FF>F',
    2,
    (x, y) => tf.squaredDifference(x, fit(y, x.shape)),
    (bounds) => 2 * Math.max(...bounds) + 2,
  ),
  // tfjs casts the smaller type.
  'add an integer': op('FI>F', 2, (x, y, [how]) => tf.add(x, beside(x, y, how!)), grows.sum),
  'times a truth value': op('FB>F', 2, (x, y, [how]) => tf.mul(x, beside(x, y, how!))),
  addN: op('FFF>F', 2, (x, y, _, z) => tf.addN([x, fit(y, x.shape), fit(z, x.shape), x]), grows.sum),
  where: op('BFF>F', 2, (c, y, _, z) => tf.where(fit(c, y.shape), y, fit(z, y.shape))),
  'where of integers': op('BII>I', 0, (c, y, _, z) => tf.where(fit(c, y.shape), y, fit(z, y.shape))),
  logicalNot: op('B>B', 0, (x) => tf.logicalNot(x)),
  'int abs': op('I>I', 0, (x) => tf.abs(x)),
  'int neg': op('I>I', 0, (x) => tf.neg(x)),
  'int square': op('I>I', 0, (x) => tf.square(x), ([x]) => 2 * x!), // prettier-ignore
  'int floorDiv': op('II>I', 0, (x, y) => tf.floorDiv(x, tf.add(tf.abs(fit(y, x.shape)), tf.scalar(1, 'int32')))), // prettier-ignore
  'int mod': op('I>I', 0, (x, _, [n]) => tf.mod(x, tf.scalar(2 + (n! % 6), 'int32'))),
  'exact mod': op('E>E', 0, (x, _, [n]) => tf.mod(x, 2 + (n! % 6))),
  'exact clip': op('E>E', 0, (x) => tf.clipByValue(x, -1.5, 2), grows.to(1)),
  'is finite': op('E>B', 0, (x, _, [n]) => {
    const odd = tf.div(x, tf.relu(x));
    return [tf.isNaN, tf.isInf, tf.isFinite][n! % 3]!(odd);
  }),
  'to int': op('E>I', 0, (x) => tf.cast(tf.floor(x), 'int32')),
  'int truncated': op('E>I', 0, (x) => tf.cast(x, 'int32')),
  'int to float': op('I>E', 0, (x) => tf.cast(x, 'float32')),
  'bool to float': op('B>E', 0, (x) => tf.cast(x, 'float32')),
  'bool to int': op('B>I', 0, (x) => tf.cast(x, 'int32')),
  'to bool': op('E>B', 0, (x) => tf.cast(x, 'bool')),
  onesLike: op('A>A', 0, (x) => tf.onesLike(x)),
  zerosLike: op('A>A', 0, (x) => tf.zerosLike(x)),
  complex: op('FF>F', 0, (x, y, [n]) => {
    const z = tf.complex(x, fit(y, x.shape));
    return n! % 2 === 0 ? tf.real(tf.mul(z, z)) : tf.add(tf.imag(z), tf.real(tf.mul(z, z)));
  }, ([x, y]) => 2 * Math.max(x!, y!) + 1), // prettier-ignore
};
