import * as tf from '@tensorflow/tfjs-core';
import { booleans, integers, positive, wave } from './support.js';

/** One use of an operation. */
export interface OpCase {
  name: string;
  run: (...inputs: tf.Tensor[]) => unknown;
  inputs: () => tf.Tensor[];
  /** Whether tfjs can take its gradient. */
  gradient: boolean;
}

type Run = (...inputs: never[]) => unknown;

const differentiable = (name: string, run: Run, ...inputs: (() => tf.Tensor)[]): OpCase => ({
  name,
  run: run as OpCase['run'],
  inputs: () => inputs.map((make) => make()),
  gradient: true,
});

const forwardOnly = (name: string, run: Run, ...inputs: (() => tf.Tensor)[]): OpCase => ({
  ...differentiable(name, run, ...inputs),
  gradient: false,
});

const w = (shape: number[], seed?: number) => () => wave(shape, seed);
const p = (shape: number[], seed?: number) => () => positive(shape, seed);
const n = (shape: number[], end: number, seed?: number) => () => integers(shape, end, seed);
const b = (shape: number[], seed?: number) => () => booleans(shape, seed);
const image = w([2, 6, 7, 3]);
const anywhere = w([2, 3, 4]);

const unary: OpCase[] = [
  ...([
    'abs',
    'atan',
    'ceil',
    'cos',
    'cosh',
    'elu',
    'erf',
    'exp',
    'expm1',
    'floor',
    'neg',
    'relu',
    'relu6',
  ] as const),
  ...([
    'round',
    'selu',
    'sigmoid',
    'sign',
    'sin',
    'sinh',
    'softplus',
    'square',
    'step',
    'tan',
    'tanh',
  ] as const),
  ...(['asinh', 'logSigmoid', 'onesLike', 'zerosLike'] as const),
].map((name) => differentiable(name, (x: tf.Tensor) => tf[name](x), anywhere));

const unaryPositive: OpCase[] = (['log', 'log1p', 'sqrt', 'rsqrt', 'reciprocal'] as const).map((name) =>
  differentiable(name, (x: tf.Tensor) => tf[name](x), p([2, 3, 4])),
);

const bounded: OpCase[] = (['acos', 'asin', 'atanh'] as const).map((name) =>
  differentiable(name, (x: tf.Tensor) => tf[name](tf.mul(x, 0.9)), anywhere),
);

const binary: OpCase[] = [
  ...(['add', 'sub', 'mul', 'div', 'atan2', 'mod'] as const).map((name) =>
    differentiable(name, (x: tf.Tensor, y: tf.Tensor) => tf[name](x, y), w([2, 3, 4]), p([3, 1], 5)),
  ),
  // tfjs's gradients of these know no broadcasting.
  ...(['maximum', 'minimum', 'squaredDifference'] as const).map((name) =>
    differentiable(name, (x: tf.Tensor, y: tf.Tensor) => tf[name](x, y), w([2, 3, 4]), p([2, 3, 4], 5)),
  ),
];

const compared: OpCase[] = (
  ['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'] as const
).map((name) =>
  forwardOnly(name, (x: tf.Tensor, y: tf.Tensor) => tf[name](x, y), n([3, 4], 3), n([4], 3, 5)),
);

const reductions: OpCase[] = (['sum', 'mean', 'max', 'min', 'prod', 'logSumExp', 'norm'] as const).flatMap(
  (name) => [
    differentiable(`${name} of everything`, (x: tf.Tensor) => (tf[name] as typeof tf.sum)(x), p([2, 3, 4])),
    differentiable(`${name} over axes`, (x: tf.Tensor) => reduce(name, x, [0, 2], false), p([2, 3, 4])),
    differentiable(`${name} keeping dims`, (x: tf.Tensor) => reduce(name, x, [2], true), p([2, 3, 4])),
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

const arithmetic: OpCase[] = [
  differentiable('pow', (x: tf.Tensor, y: tf.Tensor) => tf.pow(x, y), p([2, 3]), w([3], 4)),
  forwardOnly(
    'divNoNan',
    (x: tf.Tensor, y: tf.Tensor) => tf.divNoNan(x, tf.relu(y)),
    w([4, 4]),
    w([4, 4], 3),
  ),
  forwardOnly(
    'floorDiv',
    (x: tf.Tensor, y: tf.Tensor) => tf.floorDiv(x, y),
    n([6], 50),
    () => tf.scalar(7, 'int32'),
  ),
  differentiable('addN', (x: tf.Tensor, y: tf.Tensor) => tf.addN([x, y, x]), w([2, 3]), w([2, 3], 4)),
  differentiable('clipByValue', (x: tf.Tensor) => tf.clipByValue(x, -0.4, 0.6), anywhere),
  differentiable('leakyRelu', (x: tf.Tensor) => tf.leakyRelu(x, 0.1), anywhere),
  differentiable('prelu', (x: tf.Tensor, a: tf.Tensor) => tf.prelu(x, a), anywhere, w([4], 3)),
  differentiable(
    'where',
    (c: tf.Tensor, x: tf.Tensor, y: tf.Tensor) => tf.where(c, x, y),
    b([2, 3]),
    w([2, 3]),
    w([2, 3], 7),
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
    b([3, 4]),
    b([3, 4], 5),
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
    p([7]),
  ),
  forwardOnly(
    'integer arithmetic',
    (x: tf.Tensor) => [tf.add(x, x), tf.mul(x, tf.scalar(3, 'int32')), tf.sum(x), tf.max(x)],
    n([5], 90),
  ),
  forwardOnly(
    'einsum',
    (x: tf.Tensor, y: tf.Tensor) => tf.einsum('bij,bjk->bik', x, y),
    w([2, 3, 4]),
    w([2, 4, 5], 3),
  ),
  differentiable('matMul', (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y), w([3, 4]), w([4, 5], 2)),
  differentiable(
    'matMul transposed',
    (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, true, true),
    w([4, 3]),
    w([5, 4], 2),
  ),
  differentiable(
    'matMul in batches',
    (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, false, true),
    w([2, 3, 4]),
    w([2, 5, 4], 2),
  ),
  forwardOnly(
    'matMul broadcast',
    (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y),
    w([2, 3, 4]),
    w([1, 4, 5], 2),
  ),
  differentiable('dot', (x: tf.Tensor, y: tf.Tensor) => tf.dot(x, y), w([6]), w([6], 3)),
  differentiable(
    'outerProduct',
    (x: tf.Tensor1D, y: tf.Tensor1D) => tf.outerProduct(x, y),
    w([3]),
    w([4], 3),
  ),
  differentiable(
    'fused.matMul',
    (x: tf.Tensor2D, y: tf.Tensor2D, bias: tf.Tensor) =>
      tf.fused.matMul({ a: x, b: y, bias, activation: 'relu' }),
    w([3, 4]),
    w([4, 5], 2),
    w([5], 3),
  ),
  differentiable('softmax', (x: tf.Tensor) => tf.softmax(x), w([3, 5])),
  differentiable('logSoftmax', (x: tf.Tensor) => tf.logSoftmax(x), w([3, 5])),
  differentiable(
    'losses.softmaxCrossEntropy',
    (x: tf.Tensor2D) => tf.losses.softmaxCrossEntropy(tf.oneHot([1, 0, 4], 5), x),
    w([3, 5]),
  ),
  differentiable(
    'losses.meanSquaredError',
    (x: tf.Tensor, y: tf.Tensor) => tf.losses.meanSquaredError(x, y),
    w([3, 5]),
    w([3, 5], 4),
  ),
  differentiable(
    'losses.huberLoss',
    (x: tf.Tensor, y: tf.Tensor) => tf.losses.huberLoss(x, y, undefined, 0.5),
    w([3, 5]),
    w([3, 5], 4),
  ),
  differentiable(
    'losses.sigmoidCrossEntropy',
    (x: tf.Tensor) => tf.losses.sigmoidCrossEntropy(tf.ones([3, 5]), x),
    w([3, 5]),
  ),
];

const convolutions: OpCase[] = [
  differentiable(
    'conv2d same',
    (x: tf.Tensor4D, k: tf.Tensor4D) => tf.conv2d(x, k, 1, 'same'),
    image,
    w([3, 3, 3, 4], 2),
  ),
  differentiable(
    'conv2d stride 2',
    (x: tf.Tensor4D, k: tf.Tensor4D) => tf.conv2d(x, k, 2, 'valid'),
    image,
    w([3, 3, 3, 4], 2),
  ),
  forwardOnly(
    'conv2d dilated',
    (x: tf.Tensor4D, k: tf.Tensor4D) => tf.conv2d(x, k, 1, 'valid', 'NHWC', 2),
    image,
    w([2, 2, 3, 4], 2),
  ),
  differentiable(
    'conv1d',
    (x: tf.Tensor3D, k: tf.Tensor3D) => tf.conv1d(x, k, 1, 'same'),
    w([2, 8, 3]),
    w([3, 3, 4], 2),
  ),
  differentiable(
    'conv2dTranspose',
    (x: tf.Tensor4D, k: tf.Tensor4D) => tf.conv2dTranspose(x, k, [2, 12, 14, 2], 2, 'same'),
    image,
    w([3, 3, 2, 3], 2),
  ),
  differentiable(
    'depthwiseConv2d',
    (x: tf.Tensor4D, k: tf.Tensor4D) => tf.depthwiseConv2d(x, k, 1, 'same'),
    image,
    w([3, 3, 3, 2], 2),
  ),
  differentiable(
    'separableConv2d',
    (x: tf.Tensor4D, d: tf.Tensor4D, k: tf.Tensor4D) => tf.separableConv2d(x, d, k, 1, 'same'),
    image,
    w([3, 3, 3, 2], 2),
    w([1, 1, 6, 4], 3),
  ),
  differentiable(
    'conv3d',
    (x: tf.Tensor5D, k: tf.Tensor5D) => tf.conv3d(x, k, 1, 'same'),
    w([1, 4, 4, 4, 2]),
    w([2, 2, 2, 2, 3], 2),
  ),
  differentiable(
    'fused.conv2d',
    (x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor) =>
      tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', bias, activation: 'relu' }),
    image,
    w([3, 3, 3, 4], 2),
    w([4], 3),
  ),
  differentiable('maxPool', (x: tf.Tensor4D) => tf.maxPool(x, 3, 2, 'same'), image),
  differentiable('avgPool', (x: tf.Tensor4D) => tf.avgPool(x, 2, 2, 'valid'), image),
  differentiable('maxPool3d', (x: tf.Tensor5D) => tf.maxPool3d(x, 2, 2, 'valid'), w([1, 4, 4, 4, 2])),
  differentiable('avgPool3d', (x: tf.Tensor5D) => tf.avgPool3d(x, 2, 2, 'valid'), w([1, 4, 4, 4, 2])),
  differentiable('pool avg', (x: tf.Tensor4D) => tf.pool(x, 2, 'avg', 'valid'), image),
  differentiable(
    'dilation2d',
    (x: tf.Tensor4D, k: tf.Tensor3D) => tf.dilation2d(x, k, 1, 'valid'),
    image,
    w([2, 2, 3], 2),
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
    w([3], 2),
    p([3], 3),
    w([3], 4),
    w([3], 5),
  ),
];

const shapes: OpCase[] = [
  ...([0, 1, 2] as const).map((axis) =>
    differentiable(
      `gather on axis ${axis}`,
      (x: tf.Tensor, i: tf.Tensor1D) => tf.gather(x, i, axis),
      w([3, 4, 5]),
      n([4], 3),
    ),
  ),
  differentiable(
    'gather with 2-D indices',
    (x: tf.Tensor, i: tf.Tensor2D) => tf.gather(x, i, 1),
    w([3, 4]),
    n([2, 2], 4),
  ),
  forwardOnly(
    'gather with batchDims',
    (x: tf.Tensor, i: tf.Tensor2D) => tf.gather(x, i, 1, 1),
    w([3, 4, 2]),
    n([3, 2], 4),
  ),
  forwardOnly(
    'gather of integers and booleans',
    (x: tf.Tensor, y: tf.Tensor, i: tf.Tensor1D) => [tf.gather(x, i), tf.gather(y, i)],
    n([4], 9),
    b([4]),
    n([3], 4),
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
    w([3, 4, 2]),
  ),
  forwardOnly(
    'scatterND',
    (x: tf.Tensor) => tf.scatterND(tf.tensor2d([[1], [4]], [2, 1], 'int32'), x, [6, 3]),
    w([2, 3]),
  ),
  forwardOnly(
    'tensorScatterUpdate',
    (x: tf.Tensor, u: tf.Tensor) => tf.tensorScatterUpdate(x, tf.tensor2d([[1], [0]], [2, 1], 'int32'), u),
    w([3, 2]),
    w([2, 2], 4),
  ),
  forwardOnly(
    'sparseToDense',
    (v: tf.Tensor) => tf.sparseToDense(tf.tensor1d([1, 3], 'int32'), v, [5], tf.scalar(0)),
    w([2]),
  ),
  differentiable(
    'unsortedSegmentSum',
    (x: tf.Tensor, i: tf.Tensor1D) => tf.unsortedSegmentSum(x, i, 3),
    w([5, 2]),
    n([5], 3),
  ),
  differentiable(
    'concat',
    (x: tf.Tensor, y: tf.Tensor) => [tf.concat([x, y], 1), tf.concat([x, y, x], -1)],
    w([2, 3, 2]),
    w([2, 3, 2], 4),
  ),
  differentiable('stack', (x: tf.Tensor, y: tf.Tensor) => tf.stack([x, y], 1), w([2, 3]), w([2, 3], 4)),
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
  forwardOnly('pad of integers', (x: tf.Tensor) => tf.pad(x, [[1, 2]], 7), n([3], 5)),
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
  differentiable('broadcastTo', (x: tf.Tensor) => tf.broadcastTo(x, [3, 2, 4]), w([2, 1])),
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
    w([4, 3, 3, 2]),
  ),
  forwardOnly('depthToSpace', (x: tf.Tensor4D) => tf.depthToSpace(x, 2), w([1, 2, 3, 8])),
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
    w([3, 4]),
  ),
  forwardOnly('flipLeftRight', (x: tf.Tensor4D) => tf.image.flipLeftRight(x), image),
  forwardOnly('grayscaleToRGB', (x: tf.Tensor4D) => tf.image.grayscaleToRGB(x), w([1, 3, 3, 1])),
  forwardOnly(
    'oneHot',
    (i: tf.Tensor1D) => [tf.oneHot(i, 5), tf.oneHot(i, 5, 0.9, 0.1, 'float32')],
    n([6], 5),
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
  forwardOnly('diag', (x: tf.Tensor) => tf.diag(x), w([3])),
  forwardOnly(
    'bincount',
    (x: tf.Tensor1D, weights: tf.Tensor1D) => tf.bincount(x, weights, 5),
    n([8], 5),
    w([8], 3),
  ),
  forwardOnly(
    'fft and back',
    (x: tf.Tensor) => {
      const spectrum = tf.spectral.rfft(x);
      return [tf.real(spectrum), tf.imag(spectrum), tf.spectral.irfft(spectrum)];
    },
    w([2, 8]),
  ),
  forwardOnly(
    'complex',
    (x: tf.Tensor, y: tf.Tensor) => {
      const z = tf.complex(x, y);
      return [tf.abs(z), tf.real(tf.mul(z, z))];
    },
    w([4]),
    w([4], 3),
  ),
  forwardOnly('meshgrid', (x: tf.Tensor, y: tf.Tensor) => tf.meshgrid(x, y), w([3]), w([2], 3)),
  forwardOnly('linalg.bandPart', (x: tf.Tensor) => tf.linalg.bandPart(x, 1, 0), w([4, 4])),
  forwardOnly('linalg.gramSchmidt', (x: tf.Tensor2D) => tf.linalg.gramSchmidt(x), w([3, 3])),
  forwardOnly(
    'confusionMatrix',
    (x: tf.Tensor1D, y: tf.Tensor1D) => tf.math.confusionMatrix(x, y, 4),
    n([9], 4),
    n([9], 4, 7),
  ),
];

export const opCases: OpCase[] = [
  ...unary,
  ...unaryPositive,
  ...bounded,
  ...binary,
  ...compared,
  ...reductions,
  ...arithmetic,
  ...convolutions,
  ...shapes, // prettier-ignore
];
