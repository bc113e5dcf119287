import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { batchNormAcross, batchNormTraining, compile, type Ranks } from '../../src/tensorflow/index.js';
import { difference, flatMemory, gradientOf, wave } from './support.js';
import { needsNative } from '../backend.js';

/** A group of one, which goes the way of several. */
const one: Ranks = {
  size: 1,
  sum: (tensors) => tensors.map((tensor) => tensor.clone()),
  mean: (tensors) => tensors.map((tensor) => tensor.clone()),
  stack: (tensor) => tf.expandDims(tensor, 0),
};

/** Two ranks whose batches are the same. */
const twins: Ranks = {
  size: 2,
  sum: (tensors) => tensors.map((tensor) => tf.mul(tensor, 2)),
  mean: (tensors) => tensors.map((tensor) => tensor.clone()),
  stack: (tensor) => tf.stack([tensor, tensor]),
};

type Norm = (x: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D) => tf.Tensor[];

describe('batch norm across ranks', () => {
  before(needsNative);
  const owned = flatMemory();

  // A mean that is large beside the spread: sums of squares would cancel.
  const x = (): tf.Tensor4D => tf.tidy(() => tf.add(wave([6, 5, 4, 3], 1), 50));
  const parameters = (): [tf.Tensor1D, tf.Tensor1D] => [
    wave([3], 2) as tf.Tensor1D,
    wave([3], 3) as tf.Tensor1D,
  ];
  const across =
    (ranks: Ranks): Norm =>
    (x, gamma, beta) => {
      const { y, mean, variance } = batchNormAcross(x, gamma, beta, 1e-3, ranks);
      return [y, mean, variance];
    };
  const alone: Norm = (x, gamma, beta) => {
    const { y, mean, variance } = batchNormTraining(x, gamma, beta, 1e-3);
    return [y, mean, variance];
  };
  const first = (norm: Norm) => (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) =>
    norm(x as tf.Tensor4D, gamma as tf.Tensor1D, beta as tf.Tensor1D)[0]!;

  it('of one rank is that of a single process, gradients too', () => {
    tf.tidy(() => {
      const args = [x(), ...parameters()] as const;
      across(one)(...args).forEach((found, i) =>
        expect(difference(found, alone(...args)[i]!)).to.be.below(1e-5),
      );
      const found = gradientOf(first(across(one)))(...args);
      const expected = gradientOf(first(alone))(...args);
      found.forEach((gradient, i) => expect(difference(gradient, expected[i]!)).to.be.below(2e-5));
    });
  });

  it('of two equal batches has the statistics of one, with the variance of twice as many values', () => {
    tf.tidy(() => {
      const args = [x(), ...parameters()] as const;
      const [y, mean, variance] = across(twins)(...args) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const [ofOne, meanOfOne, varianceOfOne] = alone(...args) as [tf.Tensor, tf.Tensor, tf.Tensor];
      expect(difference(y, ofOne)).to.be.below(1e-5);
      expect(difference(mean, meanOfOne)).to.be.below(1e-6);
      expect(difference(variance, tf.mul(varianceOfOne, (119 / 120) * (240 / 239)))).to.be.below(1e-5);
    });
  });

  it('becomes a part of a graph, also in bfloat16', () => {
    for (const [precision, most] of [
      ['float32', 1e-5],
      ['bfloat16', 2e-2],
    ] as const) {
      const compiled = owned(
        compile((x: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D) => gradientOf(first(across(one)) as never)(x, gamma, beta), { precision }), // prettier-ignore
      );
      tf.tidy(() => {
        const args = [wave([6, 5, 4, 3]) as tf.Tensor4D, ...parameters()] as const;
        const expected = gradientOf(first(alone))(...args);
        compiled(...args).forEach((gradient, i) =>
          expect(difference(gradient, expected[i]!)).to.be.below(most),
        );
      });
    }
  });
});
