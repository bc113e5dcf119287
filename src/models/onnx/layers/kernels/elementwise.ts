import * as tf from '@tensorflow/tfjs-core';
import { gelu, swish } from '../../../../tensorflow/index.js';
import { flat } from './flat.js';
import type { Kernels } from './kernels.js';

/** What is computed value by value, with ONNX's broadcasting where there are several inputs. */
export const elementwise: Kernels = {
  abs: ([x]) => tf.abs(x!),
  add: (inputs) => inputs.reduce((a, b) => tf.add(a, b)),
  and: flat(([a, b]) => tf.logicalAnd(tf.cast(a!, 'bool'), tf.cast(b!, 'bool'))),
  acos: ([x]) => tf.acos(x!),
  asin: ([x]) => tf.asin(x!),
  asinh: ([x]) => tf.asinh(x!),
  atan: ([x]) => tf.atan(x!),
  atanh: ([x]) => tf.atanh(x!),
  ceil: ([x]) => tf.ceil(x!),
  celu: ([x], { alpha }) =>
    tf.add(tf.relu(x!), tf.minimum(0, tf.mul(alpha as number, tf.expm1(tf.div(x!, alpha as number))))),
  clip: ([x], { min, max }) => tf.clipByValue(x!, min as number, max as number),
  cos: ([x]) => tf.cos(x!),
  cosh: ([x]) => tf.cosh(x!),
  div: ([a, b]) => tf.div(a!, b!),
  elu: ([x], { alpha }) =>
    alpha === 1 ? tf.elu(x!) : tf.add(tf.relu(x!), tf.mul(alpha as number, tf.expm1(tf.minimum(x!, 0)))),
  equal: flat(([a, b]) => tf.equal(a!, b!)),
  erf: ([x]) => tf.erf(x!),
  erfc: ([x]) => tf.sub(1, tf.erf(x!)),
  exp: ([x]) => tf.exp(x!),
  floor: ([x]) => tf.floor(x!),
  // The rest has the sign of what is divided, as C has it; 'mod' has that of the divisor.
  fmod: ([a, b]) => tf.sub(a!, tf.mul(b!, whole([tf.div(a!, b!)], {}))),
  gelu: ([x], { tanh }) => gelu(x!, tanh === true),
  greater: flat(([a, b]) => tf.greater(a!, b!)),
  greaterOrEqual: flat(([a, b]) => tf.greaterEqual(a!, b!)),
  hardSigmoid: ([x], { alpha, beta }) => hardSigmoid(x!, alpha as number, beta as number),
  hardSwish: ([x]) => tf.mul(x!, hardSigmoid(x!, 1 / 6, 0.5)),
  identity: ([x]) => x!.clone(),
  isInf: flat(([x], { positive, negative }) =>
    tf.logicalOr(
      positive ? tf.equal(x!, Infinity) : tf.notEqual(x!, x!),
      negative ? tf.equal(x!, -Infinity) : tf.notEqual(x!, x!),
    ),
  ),
  isNaN: flat(([x]) => tf.isNaN(x!)),
  leakyRelu: ([x], { alpha }) => tf.leakyRelu(x!, alpha as number),
  less: flat(([a, b]) => tf.less(a!, b!)),
  lessOrEqual: flat(([a, b]) => tf.lessEqual(a!, b!)),
  log: ([x]) => tf.log(x!),
  max: (inputs) => inputs.reduce((a, b) => tf.maximum(a, b)),
  mean: (inputs) =>
    tf.div(
      inputs.reduce((a, b) => tf.add(a, b)),
      inputs.length,
    ),
  min: (inputs) => inputs.reduce((a, b) => tf.minimum(a, b)),
  mish: ([x]) => tf.mul(x!, tf.tanh(tf.softplus(x!))),
  mod: ([a, b]) => tf.mod(a!, b!),
  mul: ([a, b]) => tf.mul(a!, b!),
  neg: ([x]) => tf.neg(x!),
  not: flat(([x]) => tf.logicalNot(tf.cast(x!, 'bool'))),
  or: flat(([a, b]) => tf.logicalOr(tf.cast(a!, 'bool'), tf.cast(b!, 'bool'))),
  pow: ([a, b]) => tf.pow(a!, b!),
  prelu: ([x, slope]) => tf.sub(tf.relu(x!), tf.mul(slope!, tf.relu(tf.neg(x!)))),
  reciprocal: ([x]) => tf.reciprocal(x!),
  relu: ([x]) => tf.relu(x!),
  round: ([x]) => tf.round(x!),
  selu: ([x], { alpha, gamma }) =>
    tf.mul(gamma as number, tf.add(tf.relu(x!), tf.mul(alpha as number, tf.expm1(tf.minimum(x!, 0))))),
  sigmoid: ([x]) => tf.sigmoid(x!),
  sign: ([x]) => tf.sign(x!),
  sin: ([x]) => tf.sin(x!),
  sinh: ([x]) => tf.sinh(x!),
  softplus: ([x]) => tf.softplus(x!),
  softsign: ([x]) => tf.div(x!, tf.add(1, tf.abs(x!))),
  sqrt: ([x]) => tf.sqrt(x!),
  square: ([x]) => tf.square(x!),
  sub: ([a, b]) => tf.sub(a!, b!),
  swish: ([x], { alpha }) => (alpha === 1 ? swish(x!) : tf.mul(x!, tf.sigmoid(tf.mul(x!, alpha as number)))),
  tan: ([x]) => tf.tan(x!),
  tanh: ([x]) => tf.tanh(x!),
  thresholdedRelu: ([x], { alpha }) => tf.mul(x!, above([x!], { alpha: alpha! })),
  toBool: flat(([x]) => (x!.dtype === 'bool' ? x!.clone() : tf.notEqual(x!, 0))),
  toFloat: ([x]) => tf.cast(x!, 'float32'),
  truncate: flat(([x]) => tf.cast(tf.cast(x!, 'int32'), 'float32')),
  xor: flat(([a, b]) =>
    tf.notEqual(tf.cast(tf.cast(a!, 'bool'), 'int32'), tf.cast(tf.cast(b!, 'bool'), 'int32')),
  ),
  where: ([condition, a, b]) => tf.where(tf.cast(condition!, 'bool'), a!, b!),
};

const above = flat(([x], { alpha }) => tf.cast(tf.greater(x!, alpha as number), 'float32'));
const whole = flat(([x]) => tf.mul(tf.sign(x!), tf.floor(tf.abs(x!))));

function hardSigmoid(x: tf.Tensor, alpha: number, beta: number): tf.Tensor {
  return tf.clipByValue(tf.add(tf.mul(x, alpha), beta), 0, 1);
}
