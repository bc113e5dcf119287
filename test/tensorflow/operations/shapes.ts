import * as tf from '@tensorflow/tfjs-core';
import {
  anywhere,
  differentiable,
  flags,
  floats,
  forwardOnly,
  image,
  indices,
  type OpCase,
} from './op-case.js';

/** Gathering, joining, cutting, resizing and making tensors. */
export const shapes: OpCase[] = [
  ...([0, 1, 2] as const).map((axis) =>
    differentiable(
      `gather on axis ${axis}`,
      (x: tf.Tensor, i: tf.Tensor1D) => tf.gather(x, i, axis),
      floats([3, 4, 5]),
      indices([4], 3),
    ),
  ),
  differentiable(
    'gather with 2-D indices',
    (x: tf.Tensor, i: tf.Tensor2D) => tf.gather(x, i, 1),
    floats([3, 4]),
    indices([2, 2], 4),
  ),
  forwardOnly(
    'gather with batchDims',
    (x: tf.Tensor, i: tf.Tensor2D) => tf.gather(x, i, 1, 1),
    floats([3, 4, 2]),
    indices([3, 2], 4),
  ),
  forwardOnly(
    'gather of integers and booleans',
    (x: tf.Tensor, y: tf.Tensor, i: tf.Tensor1D) => [tf.gather(x, i), tf.gather(y, i)],
    indices([4], 9),
    flags([4]),
    indices([3], 4),
  ),
  forwardOnly(
    'gatherND',
    (x: tf.Tensor) =>
      tf.gatherND(
        x,
        tf.tensor2d(
          [
            [0, 1],
            [2, 0],
          ],
          [2, 2],
          'int32',
        ),
      ),
    floats([3, 4, 2]),
  ),
  forwardOnly(
    'scatterND',
    (x: tf.Tensor) => tf.scatterND(tf.tensor2d([[1], [4]], [2, 1], 'int32'), x, [6, 3]),
    floats([2, 3]),
  ),
  forwardOnly(
    'tensorScatterUpdate',
    (x: tf.Tensor, u: tf.Tensor) => tf.tensorScatterUpdate(x, tf.tensor2d([[1], [0]], [2, 1], 'int32'), u),
    floats([3, 2]),
    floats([2, 2], 4),
  ),
  forwardOnly(
    'sparseToDense',
    (v: tf.Tensor) => tf.sparseToDense(tf.tensor1d([1, 3], 'int32'), v, [5], tf.scalar(0)),
    floats([2]),
  ),
  differentiable(
    'unsortedSegmentSum',
    (x: tf.Tensor, i: tf.Tensor1D) => tf.unsortedSegmentSum(x, i, 3),
    floats([5, 2]),
    indices([5], 3),
  ),
  differentiable(
    'concat',
    (x: tf.Tensor, y: tf.Tensor) => [tf.concat([x, y], 1), tf.concat([x, y, x], -1)],
    floats([2, 3, 2]),
    floats([2, 3, 2], 4),
  ),
  differentiable(
    'stack',
    (x: tf.Tensor, y: tf.Tensor) => tf.stack([x, y], 1),
    floats([2, 3]),
    floats([2, 3], 4),
  ),
  differentiable('unstack', (x: tf.Tensor) => tf.unstack(x, 1), anywhere),
  differentiable('split evenly', (x: tf.Tensor) => tf.split(x, 2, 2), anywhere),
  differentiable('split by sizes', (x: tf.Tensor) => tf.split(x, [1, 3], 2), anywhere),
  differentiable('slice', (x: tf.Tensor) => tf.slice(x, [1, 0, 1], [1, 2, -1]), anywhere),
  forwardOnly(
    'stridedSlice',
    (x: tf.Tensor) => [
      tf.stridedSlice(x, [0, 2, 0], [2, -4, 4], [1, -1, 2]),
      tf.stridedSlice(x, [0, 1], [1, 3], [1, 1], 0, 0, 0, 0, 1),
    ],
    anywhere,
  ),
  differentiable('tile', (x: tf.Tensor) => tf.tile(x, [2, 1, 3]), anywhere),
  differentiable(
    'pad',
    (x: tf.Tensor) =>
      tf.pad(
        x,
        [
          [1, 0],
          [0, 2],
          [1, 1],
        ],
        0.5,
      ),
    anywhere,
  ),
  forwardOnly('pad of integers', (x: tf.Tensor) => tf.pad(x, [[1, 2]], 7), indices([3], 5)),
  forwardOnly(
    'mirrorPad',
    (x: tf.Tensor) => [
      tf.mirrorPad(
        x,
        [
          [1, 1],
          [0, 2],
          [1, 1],
        ],
        'reflect',
      ),
      tf.mirrorPad(
        x,
        [
          [0, 1],
          [2, 0],
          [1, 1],
        ],
        'symmetric',
      ),
    ],
    anywhere,
  ),
  differentiable('reverse', (x: tf.Tensor) => [tf.reverse(x), tf.reverse(x, [1])], anywhere),
  differentiable('transpose', (x: tf.Tensor) => [tf.transpose(x), tf.transpose(x, [1, 0, 2])], anywhere),
  differentiable(
    'reshape and friends',
    (x: tf.Tensor) => [
      tf.reshape(x, [4, -1]),
      tf.expandDims(x, 1),
      tf.squeeze(tf.expandDims(x, 0), [0]),
      tf.clone(x),
    ],
    anywhere,
  ),
  differentiable('broadcastTo', (x: tf.Tensor) => tf.broadcastTo(x, [3, 2, 4]), floats([2, 1])),
  forwardOnly(
    'broadcastArgs',
    () => tf.broadcastArgs(tf.tensor1d([2, 1], 'int32'), tf.tensor1d([1, 3], 'int32')),
    anywhere,
  ),
  differentiable(
    'spaceToBatchND',
    (x: tf.Tensor) =>
      tf.spaceToBatchND(
        x,
        [2, 2],
        [
          [0, 0],
          [0, 1],
        ],
      ),
    image,
  ),
  differentiable(
    'batchToSpaceND',
    (x: tf.Tensor) =>
      tf.batchToSpaceND(
        x,
        [2, 1],
        [
          [0, 0],
          [0, 0],
        ],
      ),
    floats([4, 3, 3, 2]),
  ),
  forwardOnly('depthToSpace', (x: tf.Tensor4D) => tf.depthToSpace(x, 2), floats([1, 2, 3, 8])),
  differentiable('resizeBilinear', (x: tf.Tensor4D) => tf.image.resizeBilinear(x, [9, 5]), image),
  differentiable(
    'resizeBilinear aligned',
    (x: tf.Tensor4D) => tf.image.resizeBilinear(x, [9, 5], true),
    image,
  ),
  forwardOnly(
    'resizeBilinear half pixel',
    (x: tf.Tensor4D) => tf.image.resizeBilinear(x, [9, 5], false, true),
    image,
  ),
  differentiable(
    'resizeNearestNeighbor',
    (x: tf.Tensor4D) => tf.image.resizeNearestNeighbor(x, [9, 5]),
    image,
  ),
  differentiable(
    'resizeNearestNeighbor aligned',
    (x: tf.Tensor4D) => tf.image.resizeNearestNeighbor(x, [9, 5], true),
    image,
  ),
  forwardOnly(
    'resizeNearestNeighbor half pixel',
    (x: tf.Tensor4D) => tf.image.resizeNearestNeighbor(x, [9, 5], false, true),
    image,
  ),
  forwardOnly(
    'cropAndResize',
    (x: tf.Tensor4D, boxes: tf.Tensor2D) =>
      tf.image.cropAndResize(x, boxes, tf.tensor1d([0, 1, 0], 'int32'), [4, 4], 'bilinear', -1),
    image,
    floats([3, 4]),
  ),
  forwardOnly('flipLeftRight', (x: tf.Tensor4D) => tf.image.flipLeftRight(x), image),
  forwardOnly('grayscaleToRGB', (x: tf.Tensor4D) => tf.image.grayscaleToRGB(x), floats([1, 3, 3, 1])),
  forwardOnly(
    'oneHot',
    (i: tf.Tensor1D) => [tf.oneHot(i, 5), tf.oneHot(i, 5, 0.9, 0.1, 'float32')],
    indices([6], 5),
  ),
  forwardOnly(
    'range, linspace, eye, fill, ones, zeros',
    (x: tf.Tensor) => [
      tf.range(0, 5),
      tf.linspace(0, 1, 7),
      tf.mul(tf.eye(3), tf.sum(x)),
      tf.fill([2, 2], 7, 'int32'),
      tf.ones([90]),
      tf.zeros([3], 'bool'),
    ],
    anywhere,
  ),
  forwardOnly('diag', (x: tf.Tensor) => tf.diag(x), floats([3])),
  forwardOnly(
    'bincount',
    (x: tf.Tensor1D, weights: tf.Tensor1D) => tf.bincount(x, weights, 5),
    indices([8], 5),
    floats([8], 3),
  ),
  forwardOnly(
    'fft and back',
    (x: tf.Tensor) => {
      const spectrum = tf.spectral.rfft(x);
      return [tf.real(spectrum), tf.imag(spectrum), tf.spectral.irfft(spectrum)];
    },
    floats([2, 8]),
  ),
  forwardOnly(
    'complex',
    (x: tf.Tensor, y: tf.Tensor) => {
      const z = tf.complex(x, y);
      return [tf.abs(z), tf.real(tf.mul(z, z))];
    },
    floats([4]),
    floats([4], 3),
  ),
  forwardOnly('meshgrid', (x: tf.Tensor, y: tf.Tensor) => tf.meshgrid(x, y), floats([3]), floats([2], 3)),
  forwardOnly('linalg.bandPart', (x: tf.Tensor) => tf.linalg.bandPart(x, 1, 0), floats([4, 4])),
  forwardOnly('linalg.gramSchmidt', (x: tf.Tensor2D) => tf.linalg.gramSchmidt(x), floats([3, 3])),
  forwardOnly(
    'confusionMatrix',
    (x: tf.Tensor1D, y: tf.Tensor1D) => tf.math.confusionMatrix(x, y, 4),
    indices([9], 4),
    indices([9], 4, 7),
  ),
];
