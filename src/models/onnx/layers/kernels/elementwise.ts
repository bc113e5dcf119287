import * as tf from '@tensorflow/tfjs-core';
import { gelu, swish } from '../../../../tensorflow/index.js';
import type { Kernels } from './kernels.js';

/** What is computed value by value, with ONNX's broadcasting where there are several inputs. */
export const elementwise: Kernels = {
  abs: ([x]) => tf.abs(x!),
  add: (inputs) => inputs.reduce((a, b) => tf.add(a, b)),
  and: ([a, b]) => tf.logicalAnd(tf.cast(a!, 'bool'), tf.cast(b!, 'bool')),
  ceil: ([x]) => tf.ceil(x!),
  celu: ([x], { alpha }) =>
    tf.add(tf.relu(x!), tf.minimum(0, tf.mul(alpha as number, tf.expm1(tf.div(x!, alpha as number))))),
  clip: ([x], { min, max }) => tf.clipByValue(x!, min as number, max as number),
  cos: ([x]) => tf.cos(x!),
  div: ([a, b]) => tf.div(a!, b!),
  elu: ([x], { alpha }) =>
    alpha === 1 ? tf.elu(x!) : tf.where(tf.greater(x!, 0), x!, tf.mul(alpha as number, tf.expm1(x!))),
  equal: ([a, b]) => tf.equal(a!, b!),
  erf: ([x]) => tf.erf(x!),
  exp: ([x]) => tf.exp(x!),
  floor: ([x]) => tf.floor(x!),
  gelu: ([x], { tanh }) => gelu(x!, tanh === true),
  greater: ([a, b]) => tf.greater(a!, b!),
  greaterOrEqual: ([a, b]) => tf.greaterEqual(a!, b!),
  hardSigmoid: ([x], { alpha, beta }) => hardSigmoid(x!, alpha as number, beta as number),
  hardSwish: ([x]) => tf.mul(x!, hardSigmoid(x!, 1 / 6, 0.5)),
  identity: ([x]) => x!.clone(),
  leakyRelu: ([x], { alpha }) => tf.leakyRelu(x!, alpha as number),
  less: ([a, b]) => tf.less(a!, b!),
  lessOrEqual: ([a, b]) => tf.lessEqual(a!, b!),
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
  not: ([x]) => tf.logicalNot(tf.cast(x!, 'bool')),
  or: ([a, b]) => tf.logicalOr(tf.cast(a!, 'bool'), tf.cast(b!, 'bool')),
  pow: ([a, b]) => tf.pow(a!, b!),
  prelu: ([x, slope]) => tf.sub(tf.relu(x!), tf.mul(slope!, tf.relu(tf.neg(x!)))),
  reciprocal: ([x]) => tf.reciprocal(x!),
  relu: ([x]) => tf.relu(x!),
  round: ([x]) => tf.round(x!),
  selu: ([x], { alpha, gamma }) =>
    tf.mul(
      gamma as number,
      tf.where(tf.greater(x!, 0), x!, tf.mul(alpha as number, tf.expm1(tf.minimum(x!, 0)))),
    ),
  sigmoid: ([x]) => tf.sigmoid(x!),
  sign: ([x]) => tf.sign(x!),
  sin: ([x]) => tf.sin(x!),
  softplus: ([x]) => tf.softplus(x!),
  softsign: ([x]) => tf.div(x!, tf.add(1, tf.abs(x!))),
  sqrt: ([x]) => tf.sqrt(x!),
  square: ([x]) => tf.square(x!),
  sub: ([a, b]) => tf.sub(a!, b!),
  swish: ([x], { alpha }) => (alpha === 1 ? swish(x!) : tf.mul(x!, tf.sigmoid(tf.mul(x!, alpha as number)))),
  tanh: ([x]) => tf.tanh(x!),
  thresholdedRelu: ([x], { alpha }) => tf.mul(x!, tf.cast(tf.greater(x!, alpha as number), 'float32')),
  toFloat: ([x]) => tf.cast(x!, 'float32'),
  truncate: ([x]) => tf.cast(tf.cast(x!, 'int32'), 'float32'),
  where: ([condition, a, b]) => tf.where(tf.cast(condition!, 'bool'), a!, b!),
};

function hardSigmoid(x: tf.Tensor, alpha: number, beta: number): tf.Tensor {
  return tf.clipByValue(tf.add(tf.mul(x, alpha), beta), 0, 1);
}
