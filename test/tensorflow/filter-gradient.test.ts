import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import type { Precision } from '../../src/tensorflow/index.js';
import { castAttributes, TF, typeAttribute } from '../../src/tensorflow/native/runtime/engine.js';
import { filterGradient } from '../../src/tensorflow/native/graph/fusions/filter-gradient.js';
import { fusions } from '../../src/tensorflow/native/graph/fusions/fuse.js';
import { gainsOf, NO_GAINS } from '../../src/tensorflow/native/runtime/processor.js';
import { raw } from '../../src/tensorflow/native/runtime/raw.js';
import type { Node, Value } from '../../src/tensorflow/native/trace/recording.js';
import { needsNative } from '../backend.js';
import { difference, flatMemory, tensorsInUse, wave } from './support.js';

type Images = tf.Tensor4D;
type Padding = 'same' | 'valid' | tf.backend_util.ExplicitPadding;
type Case = [images: number[], weights: number[], strides: number | [number, number], padding: Padding];

/** Channels that fill vectors and blocks and some that are left over, odd batches, rows that go on in the next image. */
const cases: Record<string, Case> = {
  '3×3': [[2, 9, 8, 16], [3, 3, 16, 64], 1, 'same'],
  '3×3 of an odd batch': [[3, 7, 7, 5], [3, 3, 5, 7], 1, 'same'],
  '3×3 of more than a block': [[4, 5, 5, 130], [3, 3, 130, 140], 1, 'same'],
  '3×3 of few places and many images': [[41, 3, 3, 17], [3, 3, 17, 33], 1, 'same'],
  'of wide images': [[2, 3, 130, 3], [3, 3, 3, 20], 1, 'same'],
  'with strides': [[4, 9, 9, 37], [3, 3, 37, 70], 2, 'same'],
  'with strides, even sides': [[2, 10, 12, 4], [3, 3, 4, 50], 2, 'same'],
  'with strides that differ': [[2, 12, 9, 6], [3, 2, 6, 9], [3, 1], 'valid'],
  '7×7 with explicit padding': [
    [5, 14, 13, 3],
    [7, 7, 3, 64],
    2,
    [
      [0, 0],
      [3, 2],
      [3, 2],
      [0, 0],
    ],
  ],
  'of a kernel larger than the image': [[2, 2, 3, 4], [5, 5, 4, 8], 1, 'same'],
  'of one place': [[1, 1, 1, 1], [1, 1, 1, 1], 1, 'valid'],
  '1×1': [[4, 14, 14, 33], [1, 1, 33, 65], 1, 'same'],
  '1×1 with strides': [[3, 9, 8, 20], [1, 1, 20, 24], 2, 'same'],
  '1×1 with padding': [
    [2, 5, 5, 4],
    [1, 1, 4, 4],
    1,
    [
      [0, 0],
      [1, 2],
      [2, 1],
      [0, 0],
    ],
  ],
};

/** Of numbers that bfloat16 holds without rounding. */
const exact = (shape: number[], seed: number): tf.Tensor =>
  tf.tidy(() => tf.div(tf.round(tf.mul(wave(shape, seed), 64)), 64));

describe('gradients of convolutions’ weights as an operation of our own', () => {
  before(needsNative);
  const owned = flatMemory();

  for (const [name, [images, weights, strides, padding]] of Object.entries(cases)) {
    it(`${name}: those of eager execution in float32, from float32 and bfloat16`, () => {
      const x = owned(exact(images, 1)) as Images;
      // tfjs has no gradient of explicit padding.
      const convolved = (weights: tf.Tensor): tf.Tensor =>
        typeof padding === 'string'
          ? tf.conv2d(x, weights as Images, strides, padding)
          : tf.conv2d(tf.pad(x, padding as [number, number][]), weights as Images, strides, 'valid');
      const shape = tf.tidy(() => convolved(tf.zeros(weights)).shape);
      const dy = owned(exact(shape, 2)) as Images;
      const [expected] = tf.tidy(() =>
        tf.grads((weights) => tf.sum(tf.mul(convolved(weights), dy)))([tf.zeros(weights)]),
      );
      const operation = filterGradient(recorded(images, shape, weights, strides, padding), 'bfloat16')!;
      owned(expected!);
      for (const type of [TF.FLOAT, TF.BFLOAT16]) {
        const found = owned(ours(x, dy, operation, type));
        expect(found.shape).to.deep.equal(weights);
        expect(difference(found, expected!), String(type)).to.be.below(2e-6);
      }
    });
  }

  it('stay in the memory that they have', () => {
    const x = owned(exact([3, 9, 9, 20], 1)) as Images;
    const operation = filterGradient(
      recorded([3, 9, 9, 20], [3, 9, 9, 20], [3, 3, 20, 20], 1, 'same'),
      'float32',
    )!;
    const before = tensorsInUse();
    for (let i = 0; i < 50; i++) ours(x, x, operation).dispose();
    expect(tensorsInUse()).to.deep.equal(before);
  });

  it('refuse gradients that do not fit the images', () => {
    const x = owned(exact([2, 4, 4, 3], 1)) as Images;
    const dy = owned(exact([3, 4, 4, 3], 1)) as Images;
    const operation = filterGradient(
      recorded([2, 4, 4, 3], [2, 4, 4, 3], [3, 3, 3, 3], 1, 'same'),
      'bfloat16',
    )!;
    expect(() => ours(x, dy, operation)).to.throw('images, gradient and kernel do not fit each other');
  });

  it('are left to TensorFlow where there are groups, dilation or another layout', () => {
    const gradient = (more: Record<string, unknown>, channels = 6): Node =>
      recorded([2, 8, 8, 6], [2, 8, 8, 4], [3, 3, channels, 4], 1, 'same', more);
    expect(filterGradient(gradient({}), 'float32')).to.include({ op: 'CamtuneFilterGrad' });
    expect(filterGradient(gradient({}, 3), 'bfloat16')).to.equal(undefined);
    expect(filterGradient(gradient({ dilations: [1, 2, 2, 1] }), 'bfloat16')).to.equal(undefined);
    expect(filterGradient(gradient({ data_format: 'NCHW' }), 'bfloat16')).to.equal(undefined);
  });

  it('in float32 where images have few channels, too', () => {
    const gradient = recorded([2, 8, 8, 3], [2, 8, 8, 4], [3, 3, 3, 4], 1, 'same');
    expect(filterGradient(gradient, 'float32')).to.equal(undefined);
    expect(filterGradient(gradient, 'bfloat16')).to.include({ op: 'CamtuneFilterGrad' });
  });

  it('are taken in the precisions in which the processor gains by them', () => {
    const gradient = recorded([2, 8, 8, 6], [2, 8, 8, 4], [3, 3, 6, 4], 1, 'same');
    const taken = (node: Node, precision: Precision, filterGradients: Precision[]): number =>
      fusions([node], [{ node, output: 0 }], precision, new Map(), { ...NO_GAINS, filterGradients }).fused
        .size;
    expect(taken(gradient, 'bfloat16', ['float32', 'bfloat16'])).to.equal(1);
    expect(taken(gradient, 'float32', ['float32'])).to.equal(1);
    expect(taken(gradient, 'float16', ['float32', 'bfloat16'])).to.equal(0);
    expect(taken(gradient, 'bfloat16', [])).to.equal(0);
    expect(taken({ ...gradient, precision: 'float32' }, 'bfloat16', ['bfloat16'])).to.equal(0);
  });

  it('know the processors', () => {
    const gains = (vendor: string, flags: string): string =>
      gainsOf(`vendor_id\t: ${vendor}\nflags\t\t: ${flags}\n`).filterGradients.join();
    expect(gains('AuthenticAMD', 'fpu avx512f avx512bw avx512_bf16')).to.equal('float32,bfloat16');
    expect(gains('AuthenticAMD', 'fpu avx2')).to.equal('');
    expect(gains('GenuineIntel', 'fpu avx512f avx512bw avx512_bf16 amx_bf16')).to.equal('');
    expect(gainsOf('')).to.deep.equal(NO_GAINS);
  });
});

/** Runs the operation on what tfjs tensors cannot hold, too: numbers in bfloat16. */
function ours(
  x: tf.Tensor,
  dy: tf.Tensor,
  { op, attributes }: Pick<Node, 'op' | 'attributes'>,
  type: number = TF.FLOAT,
): tf.Tensor {
  const cast = castAttributes(TF.FLOAT, type);
  const typed = attributes.map((attribute) =>
    attribute.name === 'T' ? typeAttribute('T', type) : attribute,
  );
  const [result] = raw([x, dy], (add, ids) =>
    add(
      op,
      typed,
      ids.map((id) => add.one('Cast', cast, [id])),
    ),
  );
  return result!;
}

/** The node that a convolution's gradient leaves in a recording. */
function recorded(
  images: number[],
  result: number[],
  weights: number[],
  strides: number | [number, number],
  padding: Padding,
  more: Record<string, unknown> = {},
): Node {
  const value = (shape: number[]): Value => ({
    node: { index: 0, op: 'x', attributes: [], inputs: [], outputs: [{ dtype: TF.FLOAT, shape }] },
    output: 0,
  });
  const [down, across] = typeof strides === 'number' ? [strides, strides] : strides;
  const attributes = {
    strides: [1, down, across, 1],
    data_format: 'NHWC',
    padding: typeof padding === 'string' ? padding.toUpperCase() : 'EXPLICIT',
    ...(typeof padding !== 'string' && { explicit_paddings: padding.flat() }),
    ...more,
  };
  return {
    index: 1,
    op: 'Conv2DBackpropFilter',
    attributes: Object.entries(attributes).map(([name, value]) => ({ name, type: 0, value })),
    inputs: [value(images), value([4]), value(result)],
    outputs: [{ dtype: TF.FLOAT, shape: weights }],
  };
}
