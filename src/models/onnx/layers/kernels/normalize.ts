import * as tf from '@tensorflow/tfjs-core';
import { layerNorm, standardized } from '../../../../tensorflow/index.js';
import type { Kernels } from './kernels.js';

/** Normalization; every one over NHWC or over the last axes. */
export const normalize: Kernels = {
  layerNorm: ([x, scale, offset], { axes, epsilon }) => {
    const isLast = (axes as number[]).join() === `${x!.rank - 1}`;
    const vectors = [scale, offset].every((vector) => !vector || vector.size === x!.shape.at(-1));
    if (!isLast || !vectors)
      return affine(standardized(x!, axes as number[], epsilon as number), scale, offset);
    const flat = (vector?: tf.Tensor) => vector && tf.reshape(vector, [-1]);
    return layerNorm(x!, epsilon as number, flat(scale), flat(offset));
  },
  rmsNorm: ([x, scale], { axes, epsilon }) => {
    const square = tf.mean(tf.square(x!), axes as number[], true);
    return affine(tf.mul(x!, tf.rsqrt(tf.add(square, epsilon as number))), scale, undefined);
  },
  // Instance norm is that with as many groups as channels.
  groupNorm: ([x, scale, offset], { groups, epsilon }) => {
    const shape = x!.shape;
    const channels = shape.at(-1)!;
    const split = tf.reshape(x!, [...shape.slice(0, -1), groups as number, channels / (groups as number)]);
    const axes = split.shape.map((_, axis) => axis).filter((axis) => axis !== 0 && axis !== split.rank - 2);
    const normal = standardized(split, axes, epsilon as number);
    return affine(tf.reshape(normal, shape), scale, offset);
  },
  localResponse: ([x], { radius, bias, alpha, beta }) =>
    tf.localResponseNormalization(
      x as tf.Tensor4D,
      radius as number,
      bias as number,
      alpha as number,
      beta as number,
    ),
  lpNorm: ([x], { axis, power }) => {
    const size =
      power === 1
        ? tf.sum(tf.abs(x!), axis as number, true)
        : tf.sqrt(tf.sum(tf.square(x!), axis as number, true));
    return tf.div(x!, size);
  },
  softmax: ([x], { axis }) => alongLast(x!, axis as number, (y) => tf.softmax(y)),
  logSoftmax: ([x], { axis }) => alongLast(x!, axis as number, (y) => tf.logSoftmax(y)),
};

function affine(x: tf.Tensor, scale?: tf.Tensor, offset?: tf.Tensor): tf.Tensor {
  const scaled = scale ? tf.mul(x, scale) : x;
  return offset ? tf.add(scaled, offset) : scaled;
}

function alongLast(x: tf.Tensor, axis: number, apply: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  const last = x.rank - 1;
  if (axis === last) return apply(x);
  const order = x.shape.map((_, at) => (at === axis ? last : at === last ? axis : at));
  return tf.transpose(apply(tf.transpose(x, order)), order);
}
