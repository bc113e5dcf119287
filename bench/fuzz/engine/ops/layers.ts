import * as tf from '@tensorflow/tfjs-core';
import { fit, images, ranked } from '../fit.js';
import { grows, op, type Vocabulary } from './op.js';

const PAD = ['same', 'valid'] as const;
const ACTIVATIONS = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const;

/** A filter out of any tensor, with values in [-0.5, 0.5]. */
const filter = (y: tf.Tensor, shape: number[]): tf.Tensor => tf.mul(tf.tanh(fit(y, shape)), 0.5);
const vector = (y: tf.Tensor, x: tf.Tensor): tf.Tensor1D => fit(y, [x.shape.at(-1)!]) as tf.Tensor1D;
const spread = (y: tf.Tensor): tf.Tensor1D => tf.add<tf.Tensor1D>(tf.softplus(y), 0.3);
const volume = (x: tf.Tensor): tf.Tensor5D => fit(x, [1, 3, 4, 3, 2]) as tf.Tensor5D;
const untied = (x: tf.Tensor5D): tf.Tensor5D =>
  tf.add(
    x,
    tf.tensor(
      Float32Array.from({ length: x.size }, (_, i) => Math.sin(12.9898 * i)),
      x.shape,
    ),
  );
const rows = (x: tf.Tensor): tf.Tensor2D => ranked(x, 2, 2) as tf.Tensor2D;
const pad = (choice: number): 'same' | 'valid' => PAD[choice % 2]!;

type Of4 = (x: tf.Tensor4D, y: tf.Tensor, choices: number[], z: tf.Tensor) => tf.Tensor;
const ofImages = (run: Of4) => (x: tf.Tensor, y: tf.Tensor, choices: number[], z: tf.Tensor) =>
  run(images(x), y, choices, z);
const filter4 = (y: tf.Tensor, x: tf.Tensor4D, side: number, filters: number): tf.Tensor4D =>
  filter(y, [side, side, x.shape[3], filters]) as tf.Tensor4D;

/** Matrix products, convolutions, pooling, norms and resizing. */
export const layers: Vocabulary = {
  matMul: op('FF>F', 2, (x, y, [how, units]) => {
    const a = rows(x);
    const inner = a.shape[how! & 1 ? 0 : 1];
    const size = 1 + (units! % 4);
    const b = filter(y, how! & 2 ? [size, inner] : [inner, size]);
    return tf.matMul(a, b, (how! & 1) === 1, (how! & 2) === 2);
  }, ([x]) => x! + 3), // prettier-ignore
  'matMul of it and itself': op('F>F', 2, (x) => tf.matMul(fit(x, [3, 4]), fit(x, [3, 4]), false, true), ([x]) => 2 * x! + 2), // prettier-ignore
  'matMul in batches': op('FF>F', 2, (x, y) => tf.matMul(fit(x, [2, 3, 4]), filter(y, [2, 5, 4]), false, true), ([x]) => x! + 2), // prettier-ignore
  'matMul broadcast': op('FF>F', 0, (x, y) => tf.matMul(fit(x, [2, 3, 4]), filter(y, [1, 4, 3])), ([x]) => x! + 2), // prettier-ignore
  dot: op('FF>F', 2, (x, y) => tf.dot(fit(x, [5]), fit(y, [5])), grows.products),
  outerProduct: op('FF>F', 2, (x, y) => tf.outerProduct(fit(x, [4]) as tf.Tensor1D, fit(y, [3]) as tf.Tensor1D), grows.product), // prettier-ignore
  einsum: op('FF>F', 0, (x, y) => tf.einsum('bij,bjk->bik', fit(x, [2, 2, 3]), filter(y, [2, 3, 2])), ([x]) => x! + 2), // prettier-ignore
  'fused.matMul': op('FFF>F', 1, (x, y, [activation], z) => {
    const a = rows(x);
    const b = filter(y, [a.shape[1], 3]) as tf.Tensor2D;
    return tf.fused.matMul({ a, b, bias: fit(z, [3]), activation: ACTIVATIONS[activation! % 5]! });
  }, grows.sums), // prettier-ignore
  conv2d: op('FF>F', 1, ofImages((x, y, [stride, padding, filters]) => tf.conv2d(x, filter4(y, x, 1 + (stride! % 3), 1 + (filters! % 3)), 1 + (stride! >> 2) % 2, pad(padding!))), ([x]) => x! + 3), // prettier-ignore
  'conv2d dilated': op('FF>F', 0, ofImages((x, y, [padding]) => tf.conv2d(x, filter4(y, x, 2, 2), 1, pad(padding!), 'NHWC', 2)), ([x]) => x! + 3), // prettier-ignore
  'conv2d, bias, residual and relu': op('FFF>F', 1, ofImages((x, y, _, z) => {
    const convolved = tf.add(tf.conv2d(x, filter4(y, x, 3, x.shape[3]), 1, 'same'), vector(z, x));
    return tf.relu(tf.add(convolved, x));
  }), ([x]) => x! + 3), // prettier-ignore
  'conv2d and batch norm': op('FFF>F', 1, ofImages((x, y, _, z) => {
    const convolved = tf.conv2d(x, filter4(y, x, 3, 2), 1, 'same');
    const of = (t: tf.Tensor): tf.Tensor1D => fit(t, [2]) as tf.Tensor1D;
    return tf.batchNorm(convolved, of(z), spread(of(y)), of(y), of(z), 0.1);
  }), grows.products), // prettier-ignore
  // What Winograd's algorithm computes: of all places a few go on.
  'conv2d of many channels': op('FFF>F', 1, (x, y, [height, ending], z) => {
    const of = (t: tf.Tensor): tf.Tensor1D => fit(t, [32]) as tf.Tensor1D;
    const given = fit(x, [1, 9 + (height! % 6), 11, 32]) as tf.Tensor4D;
    const convolved = tf.conv2d(given, filter(y, [3, 3, 32, 32]) as tf.Tensor4D, 1, 'same');
    const ended = [
      convolved,
      tf.relu(tf.add(convolved, of(z))),
      tf.batchNorm(convolved, of(z), spread(of(y)), of(y), of(z), 0.1),
      tf.relu(tf.batchNorm(convolved, of(z), spread(of(y)), of(y), of(z), 0.1)),
    ][ending! % 4]!;
    return tf.slice(ended, [0, 4, 5, 7], [1, 3, 2, 2]);
  }, ([x]) => x! + 7), // prettier-ignore
  'fused.conv2d': op('FFF>F', 1, ofImages((x, y, [activation, padding], z) =>
    tf.fused.conv2d({ x, filter: filter4(y, x, 2, 2), strides: 1, pad: pad(padding!), bias: fit(z, [2]), activation: ACTIVATIONS[activation! % 6]!, leakyreluAlpha: 0.2 })), grows.sums), // prettier-ignore
  'fused.depthwiseConv2d': op('FFF>F', 1, ofImages((x, y, [activation, padding], z) =>
    tf.fused.depthwiseConv2d({ x, filter: filter4(y, x, 2, 1), strides: 1, pad: pad(padding!), bias: vector(z, x), activation: ACTIVATIONS[activation! % 4]! })), grows.sums), // prettier-ignore
  depthwiseConv2d: op('FF>F', 1, ofImages((x, y, [padding, times]) => tf.depthwiseConv2d(x, filter4(y, x, 2, 1 + (times! % 2)), 1, pad(padding!))), ([x]) => x! + 2), // prettier-ignore
  separableConv2d: op('FFF>F', 1, ofImages((x, y, [padding], z) =>
    tf.separableConv2d(x, filter4(y, x, 3, 1), filter(z, [1, 1, x.shape[3], 2]) as tf.Tensor4D, 1, pad(padding!))), ([x]) => x! + 3), // prettier-ignore
  conv1d: op('FF>F', 1, (x, y, [padding]) => {
    const from = fit(x, [2, 6, 2]) as tf.Tensor3D;
    return tf.conv1d(from, filter(y, [3, 2, 2]) as tf.Tensor3D, 1, pad(padding!));
  }, ([x]) => x! + 2), // prettier-ignore
  conv2dTranspose: op('FF>F', 1, ofImages((x, y) => {
    const [n, h, w, c] = x.shape;
    return tf.conv2dTranspose(x, filter(y, [3, 3, 2, c]) as tf.Tensor4D, [n, 2 * h, 2 * w, 2], 2, 'same');
  }), ([x]) => x! + 3), // prettier-ignore
  conv3d: op('FF>F', 1, (x, y, [padding]) => tf.conv3d(volume(x), filter(y, [2, 2, 2, 2, 2]) as tf.Tensor5D, 1, pad(padding!)), ([x]) => x! + 3), // prettier-ignore
  maxPool: op('F>F', 1, ofImages((x, _, [padding, stride]) => tf.maxPool(x, 2, 1 + (stride! % 2), pad(padding!)))), // prettier-ignore
  avgPool: op('F>F', 1, ofImages((x, _, [padding, stride]) => tf.avgPool(x, 2, 1 + (stride! % 2), pad(padding!)))), // prettier-ignore
  // Without ties: oneDNN gives one of them the gradient, TensorFlow's own kernel all.
  maxPool3d: op('F>F', 1, (x) => tf.maxPool3d(untied(volume(x)), 2, 1, 'valid')),
  avgPool3d: op('F>F', 1, (x) => tf.avgPool3d(volume(x), 2, 1, 'valid')),
  dilation2d: op('FF>F', 1, ofImages((x, y) => tf.dilation2d(x, filter(y, [2, 2, x.shape[3]]) as tf.Tensor3D, 1, 'valid'))), // prettier-ignore
  localResponseNormalization: op(
    'F>F',
    1,
    ofImages((x) => tf.localResponseNormalization(x, 1, 1, 0.5, 0.5)),
  ),
  batchNorm: op('FFF>F', 2, ofImages((x, y, _, z) => tf.batchNorm(x, vector(y, x), spread(vector(z, x)), vector(z, x), vector(y, x), 0.1)), grows.products), // prettier-ignore
  resizeBilinear: op('F>F', 1, ofImages((x, _, [height, aligned]) => tf.image.resizeBilinear(x, [2 + (height! % 6), 5], aligned! % 2 === 0))), // prettier-ignore
  'resizeBilinear half pixel': op('F>F', 0, ofImages((x, _, [height]) => tf.image.resizeBilinear(x, [2 + (height! % 6), 5], false, true))), // prettier-ignore
  resizeNearestNeighbor: op('F>F', 1, ofImages((x, _, [height, aligned]) => tf.image.resizeNearestNeighbor(x, [2 + (height! % 6), 5], aligned! % 2 === 0))), // prettier-ignore
  cropAndResize: op('F>F', 0, ofImages((x) => {
    const boxes = tf.tensor2d([[0.1, 0, 0.8, 0.9], [0.9, 0.2, 0.3, 0.7]]);
    return tf.image.cropAndResize(x, boxes, tf.tensor1d([0, 0], 'int32'), [3, 3], 'bilinear', 0);
  })), // prettier-ignore
  rfft: op('F>F', 0, (x, _, [which]) => {
    const spectrum = tf.spectral.rfft(fit(x, [2, 8]));
    return [tf.real, tf.imag, tf.spectral.irfft][which! % 3]!(spectrum);
  }, grows.sums), // prettier-ignore
};
