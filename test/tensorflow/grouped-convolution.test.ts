import { expect } from 'chai';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { needsNative } from '../backend.js';
import { compile, groupedConvolution } from '../../src/tensorflow/index.js';
import { difference, wave } from './support.js';

describe('groupedConvolution', () => {
  before(needsNative);

  for (const [stride, pad] of [
    [1, 'same'],
    [2, 'valid'],
  ] as const) {
    it(`gives what a convolution for each group gives, with its gradients (stride ${stride})`, () => {
      const x = wave([2, 7, 7, 6]) as tf.Tensor4D;
      const kernel = wave([3, 3, 2, 9], 2) as tf.Tensor4D;
      const grouped = (x: tf.Tensor4D, kernel: tf.Tensor4D) =>
        groupedConvolution(x, kernel, [stride, stride], pad);
      const split = (x: tf.Tensor4D, kernel: tf.Tensor4D) => {
        const kernels = tf.split<tf.Tensor4D>(kernel, 3, 3);
        const parts = tf.split<tf.Tensor4D>(x, 3, 3);
        return tf.concat(parts.map((part, index) => tf.conv2d(part, kernels[index]!, stride, pad)), 3); // prettier-ignore
      };
      const all = (convolve: typeof grouped) => () => {
        const y = convolve(x, kernel);
        const weigh = wave(y.shape, 3);
        const gradients = tf.grads((x, kernel) =>
          tf.sum(tf.mul(convolve(x as tf.Tensor4D, kernel as tf.Tensor4D), weigh)),
        )([x, kernel]);
        return [y, ...gradients];
      };
      const expected = all(split)();
      for (const found of [all(grouped)(), compile(all(grouped))()]) {
        found.forEach((tensor, index) => expect(difference(tensor, expected[index]!)).to.be.below(1e-5));
      }
    });
  }
});
