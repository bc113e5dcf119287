import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { compile, type Precision } from '../../src/tensorflow/index.js';
import { isPointwiseGradient } from '../../src/tensorflow/native/graph/fusions/pointwise.js';
import type { Node } from '../../src/tensorflow/native/trace/recording.js';
import { needsNative } from '../backend.js';
import { UNIT } from './low-precision.js';
import { difference, flatMemory, wave } from './support.js';

type Images = tf.Tensor4D;
type Case = [
  images: number[],
  filters: number,
  strides: number | [number, number],
  padding: 'same' | 'valid',
];

const cases: Record<string, Case> = {
  'a 1×1 convolution': [[2, 6, 5, 8], 12, 1, 'same'],
  'one of a single place': [[1, 1, 1, 3], 5, 1, 'valid'],
  'with strides': [[2, 8, 8, 16], 24, 2, 'same'],
  'with strides that do not divide the sides': [[3, 7, 5, 3], 4, 2, 'same'],
  'with strides, valid': [[3, 7, 5, 3], 4, 3, 'valid'],
  'with strides that differ': [[2, 9, 10, 5], 7, [3, 2], 'valid'],
};

describe('gradients of 1×1 convolutions’ weights in bfloat16', () => {
  before(needsNative);
  const owned = flatMemory();

  for (const [name, [shape, filters, strides, padding]] of Object.entries(cases)) {
    it(`${name}: that of float32, within its digits`, () => {
      const images = owned(wave(shape, 1)) as Images;
      const weights = owned(wave([1, 1, shape[3]!, filters], 2)) as Images;
      const gradients = (precision: Precision): tf.Tensor[] => {
        const fn = owned(
          compile(
            (images: Images, weights: Images) => {
              const y = (images: Images, weights: Images) => tf.conv2d(images, weights, strides, padding);
              const weighted = (images: tf.Tensor, weights: tf.Tensor): tf.Tensor => {
                const given = y(images as Images, weights as Images);
                return tf.sum(tf.mul(given, wave(given.shape, 3)));
              };
              return tf.tidy(() => tf.grads(weighted)([images, weights]));
            },
            { precision },
          ),
        );
        return fn(images, weights).map((tensor) => owned(tensor));
      };
      const exact = gradients('float32');
      // Roundings: of the images, of what comes back, and of the sum.
      gradients('bfloat16').forEach((tensor, index) =>
        expect(difference(tensor, exact[index]!), String(index)).to.be.below(4 * UNIT.bfloat16),
      );
    });
  }

  describe('are told from those', () => {
    const value = (shape: number[]) => ({
      node: { index: 0, op: 'x', attributes: [], inputs: [], outputs: [{ dtype: 1, shape }] } satisfies Node,
      output: 0,
    });
    const gradient = (weights: number[], padding = 'SAME', format = 'NHWC'): Node => ({
      index: 1,
      op: 'Conv2DBackpropFilter',
      attributes: [
        { name: 'padding', type: 0, value: padding },
        { name: 'data_format', type: 0, value: format },
      ],
      inputs: [value([2, 8, 8, 6]), value([4]), value([2, 8, 8, 4])],
      outputs: [{ dtype: 1, shape: weights }],
    });

    it('of larger ones, of groups, of explicit padding and of other layouts', () => {
      expect(isPointwiseGradient(gradient([1, 1, 6, 4]))).to.equal(true);
      expect(isPointwiseGradient(gradient([3, 1, 6, 4]))).to.equal(false);
      expect(isPointwiseGradient(gradient([1, 1, 3, 4]))).to.equal(false);
      expect(isPointwiseGradient(gradient([1, 1, 6, 4], 'EXPLICIT'))).to.equal(false);
      expect(isPointwiseGradient(gradient([1, 1, 6, 4], 'SAME', 'NCHW'))).to.equal(false);
    });
  });
});
