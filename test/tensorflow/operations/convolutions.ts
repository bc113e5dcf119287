import * as tf from '@tensorflow/tfjs-core';
import { differentiable, floats, forwardOnly, image, positives, type OpCase } from './op-case.js';

/** Convolutions, pooling and normalization. */
export const convolutions: OpCase[] = [
  differentiable(
    'conv2d same',
    (x: tf.Tensor4D, k: tf.Tensor4D) => tf.conv2d(x, k, 1, 'same'),
    image,
    floats([3, 3, 3, 4], 2),
  ),
  differentiable(
    'conv2d stride 2',
    (x: tf.Tensor4D, k: tf.Tensor4D) => tf.conv2d(x, k, 2, 'valid'),
    image,
    floats([3, 3, 3, 4], 2),
  ),
  forwardOnly(
    'conv2d dilated',
    (x: tf.Tensor4D, k: tf.Tensor4D) => tf.conv2d(x, k, 1, 'valid', 'NHWC', 2),
    image,
    floats([2, 2, 3, 4], 2),
  ),
  differentiable(
    'conv1d',
    (x: tf.Tensor3D, k: tf.Tensor3D) => tf.conv1d(x, k, 1, 'same'),
    floats([2, 8, 3]),
    floats([3, 3, 4], 2),
  ),
  differentiable(
    'conv2dTranspose',
    (x: tf.Tensor4D, k: tf.Tensor4D) => tf.conv2dTranspose(x, k, [2, 12, 14, 2], 2, 'same'),
    image,
    floats([3, 3, 2, 3], 2),
  ),
  differentiable(
    'depthwiseConv2d',
    (x: tf.Tensor4D, k: tf.Tensor4D) => tf.depthwiseConv2d(x, k, 1, 'same'),
    image,
    floats([3, 3, 3, 2], 2),
  ),
  differentiable(
    'separableConv2d',
    (x: tf.Tensor4D, d: tf.Tensor4D, k: tf.Tensor4D) => tf.separableConv2d(x, d, k, 1, 'same'),
    image,
    floats([3, 3, 3, 2], 2),
    floats([1, 1, 6, 4], 3),
  ),
  differentiable(
    'conv3d',
    (x: tf.Tensor5D, k: tf.Tensor5D) => tf.conv3d(x, k, 1, 'same'),
    floats([1, 4, 4, 4, 2]),
    floats([2, 2, 2, 2, 3], 2),
  ),
  differentiable(
    'fused.conv2d',
    (x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor) =>
      tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', bias, activation: 'relu' }),
    image,
    floats([3, 3, 3, 4], 2),
    floats([4], 3),
  ),
  differentiable('maxPool', (x: tf.Tensor4D) => tf.maxPool(x, 3, 2, 'same'), image),
  differentiable('avgPool', (x: tf.Tensor4D) => tf.avgPool(x, 2, 2, 'valid'), image),
  differentiable('maxPool3d', (x: tf.Tensor5D) => tf.maxPool3d(x, 2, 2, 'valid'), floats([1, 4, 4, 4, 2])),
  differentiable('avgPool3d', (x: tf.Tensor5D) => tf.avgPool3d(x, 2, 2, 'valid'), floats([1, 4, 4, 4, 2])),
  differentiable('pool avg', (x: tf.Tensor4D) => tf.pool(x, 2, 'avg', 'valid'), image),
  differentiable(
    'dilation2d',
    (x: tf.Tensor4D, k: tf.Tensor3D) => tf.dilation2d(x, k, 1, 'valid'),
    image,
    floats([2, 2, 3], 2),
  ),
  differentiable(
    'localResponseNormalization',
    (x: tf.Tensor4D) => tf.localResponseNormalization(x, 2, 1, 0.5, 0.5),
    image,
  ),
  differentiable(
    'batchNorm',
    (x: tf.Tensor4D, m: tf.Tensor1D, v: tf.Tensor1D, o: tf.Tensor1D, s: tf.Tensor1D) =>
      tf.batchNorm(x, m, v, o, s),
    image,
    floats([3], 2),
    positives([3], 3),
    floats([3], 4),
    floats([3], 5),
  ),
];
