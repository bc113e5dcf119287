import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { correctWithin, crossEntropy } from '../../../src/train/index.js';
import { useNative, values } from '../support/native.js';

function losses(logits: number[][], labels: number[], smoothing?: number): number[] {
  return values(tf.tidy(() => crossEntropy(tf.tensor2d(logits), tf.tensor1d(labels, 'int32'), smoothing)));
}

function correct(logits: number[][], labels: number[], k: number): number {
  return values(tf.tidy(() => correctWithin(tf.tensor2d(logits), tf.tensor1d(labels, 'int32'), k)))[0]!;
}

describe('crossEntropy', () => {
  before(useNative);

  it('is −log of the probability of the label', () => {
    // softmax of (log 1, log 2, log 5) is (1/8, 2/8, 5/8).
    const logits = [Math.log(1), Math.log(2), Math.log(5)];
    const [first, last] = losses([logits, logits], [0, 2]);
    expect(first).to.be.closeTo(-Math.log(1 / 8), 1e-6);
    expect(last).to.be.closeTo(-Math.log(5 / 8), 1e-6);
  });

  it('with label smoothing spreads that share over all classes', () => {
    const [found] = losses([[Math.log(1), Math.log(2), Math.log(5)]], [2], 0.3);
    const expected = -(0.8 * Math.log(5 / 8) + 0.1 * Math.log(2 / 8) + 0.1 * Math.log(1 / 8));
    expect(found).to.be.closeTo(expected, 1e-6);
  });

  it('stays finite where a probability is too small for a float', () => {
    expect(losses([[0, 1000]], [0])[0]).to.be.closeTo(1000, 1e-3);
  });
});

describe('correctWithin', () => {
  before(useNative);
  const logits = [
    [3, 2, 1, 0, -1, -2],
    [3, 2, 1, 0, -1, -2],
    [3, 2, 1, 0, -1, -2],
  ];

  it('counts the images whose label is among the k highest', () => {
    expect(correct(logits, [0, 1, 5], 1)).to.equal(1);
    expect(correct(logits, [0, 1, 5], 2)).to.equal(2);
    expect(correct(logits, [0, 4, 5], 5)).to.equal(2);
  });

  it('counts a tie for the label', () => {
    expect(correct([[1, 1, 1]], [2], 1)).to.equal(1);
    expect(correct([[2, 1, 1, 0]], [2], 2)).to.equal(1);
    expect(correct([[2, 1, 1, 0]], [3], 3)).to.equal(0);
  });

  it('counts all where there are fewer classes than k', () => {
    expect(correct([[1, 2, 3]], [0], 5)).to.equal(1);
  });

  it('does not take a network that gives NaN for a perfect one', () => {
    expect(correct([[NaN, NaN, NaN]], [0], 1)).to.equal(0);
    expect(correct([[NaN, NaN, NaN]], [0], 5)).to.equal(0);
    expect(correct([[1, NaN, 0]], [0], 1)).to.equal(0);
  });

  it('bears infinite logits of other classes', () => {
    expect(correct([[1, -Infinity, 0]], [0], 1)).to.equal(1);
    expect(correct([[1, Infinity, 0]], [0], 1)).to.equal(0);
  });
});
