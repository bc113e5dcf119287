import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { compile, type Precision } from '../../src/tensorflow/index.js';
import { depthwiseGradient } from '../../src/tensorflow/native/graph/fusions/depthwise.js';
import type { Node } from '../../src/tensorflow/native/trace/recording.js';
import { needsNative } from '../backend.js';
import { UNIT } from './low-precision.js';
import { difference, flatMemory, wave } from './support.js';

type Images = tf.Tensor4D;
type Case = [
  images: number[],
  kernel: [number, number],
  strides: number | [number, number],
  padding: 'same' | 'valid',
];

/** Channels that fill a vector, more than one, fewer, and some that are left over. */
const cases: Record<string, Case> = {
  'of 3×3': [[2, 9, 8, 16], [3, 3], 1, 'same'],
  'of 5×5, valid': [[1, 9, 11, 40], [5, 5], 1, 'valid'],
  'of 7×7': [[3, 14, 14, 24], [7, 7], 1, 'same'],
  'with strides': [[2, 9, 8, 33], [3, 3], 2, 'same'],
  'with strides, even sides': [[2, 10, 12, 3], [5, 5], 2, 'same'],
  'with strides that differ': [[1, 12, 9, 5], [3, 3], [3, 1], 'valid'],
  'of a kernel that is no square': [[2, 8, 9, 17], [1, 7], 1, 'same'],
  'of a kernel as large as the image': [[2, 3, 3, 8], [7, 7], 1, 'same'],
  'of one place': [[1, 1, 1, 1], [3, 3], 1, 'same'],
  'of many images': [[40, 5, 5, 4], [3, 3], 1, 'same'],
};

describe('gradients of depthwise convolutions', () => {
  before(needsNative);
  const owned = flatMemory();

  const gradients = (c: Case, precision?: Precision): tf.Tensor[] => {
    const [shape, kernel, strides, padding] = c;
    const images = owned(wave(shape, 1)) as Images;
    const weights = owned(wave([...kernel, shape[3]!, 1], 2)) as Images;
    const weighted = (images: tf.Tensor, weights: tf.Tensor): tf.Tensor => {
      const y = tf.depthwiseConv2d(images as Images, weights as Images, strides, padding);
      return tf.sum(tf.mul(y, wave(y.shape, 3)));
    };
    const fn = (images: Images, weights: Images) => tf.tidy(() => tf.grads(weighted)([images, weights]));
    const run = precision ? owned(compile(fn, { precision })) : fn;
    return run(images, weights).map((tensor) => owned(tensor));
  };

  for (const [name, c] of Object.entries(cases)) {
    it(`${name} are those of eager execution`, () => {
      const eager = gradients(c);
      gradients(c, 'float32').forEach((tensor, index) =>
        expect(difference(tensor, eager[index]!), String(index)).to.be.below(2e-6),
      );
    });

    it(`${name}, in bfloat16, are as far from these as its digits`, () => {
      const eager = gradients(c);
      gradients(c, 'bfloat16').forEach((tensor, index) =>
        expect(difference(tensor, eager[index]!), String(index)).to.be.below(4 * UNIT.bfloat16),
      );
    });
  }

  describe('are left to TensorFlow', () => {
    const value = (shape: number[]) => ({
      node: { index: 0, op: 'x', attributes: [], inputs: [], outputs: [{ dtype: 1, shape }] } satisfies Node,
      output: 0,
    });
    const gradient = (weights: number[], more: Record<string, unknown> = {}): Node => ({
      index: 1,
      op: 'DepthwiseConv2dNativeBackpropFilter',
      attributes: Object.entries({
        padding: 'SAME',
        data_format: 'NHWC',
        strides: [1, 2, 2, 1],
        ...more,
      }).map(([name, value]) => ({ name, type: 0, value })),
      inputs: [value([2, 8, 9, 6]), value([4]), value([2, 4, 5, 6])],
      outputs: [{ dtype: 1, shape: weights }],
    });
    const sizes = (node: Node) =>
      Object.fromEntries((depthwiseGradient(node)?.attributes ?? []).map(({ name, value }) => [name, value]));

    it('where there are several outputs a channel, dilation, another width or layout', () => {
      expect(depthwiseGradient(gradient([3, 3, 6, 2]))).to.equal(undefined);
      expect(depthwiseGradient(gradient([3, 4, 6, 1]))).to.equal(undefined);
      expect(depthwiseGradient(gradient([3, 3, 6, 1], { dilations: [1, 2, 2, 1] }))).to.equal(undefined);
      expect(depthwiseGradient(gradient([3, 3, 6, 1], { data_format: 'NCHW' }))).to.equal(undefined);
    });

    it('but not otherwise, with the padding that TensorFlow takes', () => {
      expect(sizes(gradient([3, 3, 6, 1]))).to.include({
        height: 3,
        width: 3,
        down: 2,
        across: 2,
        top: 0,
        left: 1,
      });
      const explicit = { padding: 'EXPLICIT', explicit_paddings: [0, 0, 1, 0, 2, 0, 0, 0] };
      expect(sizes(gradient([3, 3, 6, 1], explicit))).to.include({ top: 1, left: 2 });
      expect(sizes(gradient([3, 3, 6, 1], { padding: 'VALID' }))).to.include({ top: 0, left: 0 });
    });
  });
});
