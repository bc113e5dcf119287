import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { needsNative } from '../../backend.js';
import { correctWithin, crossEntropy } from '../../../src/train/index.js';
import { imageWeights } from '../../../src/train/step/loss.js';
import { values } from '../support/tensors.js';

function losses(logits: number[][], labels: number[], smoothing?: number): number[] {
  return values(tf.tidy(() => crossEntropy(tf.tensor2d(logits), tf.tensor1d(labels, 'int32'), smoothing)));
}

function correct(logits: number[][], labels: number[], k: number): number {
  return values(tf.tidy(() => correctWithin(tf.tensor2d(logits), tf.tensor1d(labels, 'int32'), k)))[0]!;
}

describe('crossEntropy', () => {
  before(needsNative);

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

describe('crossEntropy with class weights', () => {
  before(needsNative);
  const logits = [[1, 2, -1], [0.5, 0, 3], [-2, 1, 0]]; // prettier-ignore
  const labels = [0, 2, 1];
  // torch.nn.functional.cross_entropy with weight (0.5, 2, 3), reduction none and mean, and the mean's gradient.
  const cases: [smoothing: number, losses: number[], mean: number, gradient: number[]][] = [
    [
      0,
      [0.6745061, 0.3716189, 0.6980244],
      0.3171181,
      [-0.0673185, 0.0641259, 0.0031926, 0.0395572, 0.0239926, -0.0635498, 0.0127706, -0.1071329, 0.0943623],
    ],
    [
      0.3,
      [1.614111, 1.0532633, 1.1305738],
      0.690536,
      [
        -0.0302642, 0.0790629, -0.0487987, 0.0258512, -0.0151702, -0.0106811, 0.0033604, -0.0408182,
        0.0374578,
      ],
    ],
  ];
  for (const [smoothing, expected, mean, gradient] of cases) {
    it(`follows PyTorch, label smoothing ${smoothing}`, () => {
      const found = tf.tidy(() => {
        const given = tf.tensor1d(labels, 'int32');
        const weights = tf.tensor1d([0.5, 2, 3]);
        const each = crossEntropy(tf.tensor2d(logits), given, smoothing, weights);
        const total = (x: tf.Tensor) =>
          tf.div<tf.Scalar>(
            tf.sum(crossEntropy(x as tf.Tensor2D, given, smoothing, weights)),
            tf.sum(imageWeights(given, undefined, weights)),
          );
        const { value, grad } = tf.valueAndGrad(total)(tf.tensor2d(logits));
        return [each, value, grad].map((tensor) => Array.from(tensor.dataSync()));
      });
      const near = (values: number[], wanted: number[]): void =>
        values.forEach((value, at) => expect(value).to.be.closeTo(wanted[at]!, 1e-6));
      near(found[0]!, expected);
      near(found[1]!, [mean]);
      near(found[2]!, gradient);
    });
  }

  it('counts an image with two labels by the shares of both', () => {
    const found = values(
      tf.tidy(() =>
        imageWeights(
          tf.tensor1d([0, 2, 1], 'int32'),
          { partner: tf.tensor1d([1, 1, 0], 'int32'), share: tf.tensor1d([0.25, 1, 0.5]) },
          tf.tensor1d([0.5, 2, 3]),
        ),
      ),
    );
    expect(found).to.deep.equal([0.25 * 0.5 + 0.75 * 3, 3, 0.5 * 2 + 0.5 * 0.5]);
  });
});

describe('correctWithin', () => {
  before(needsNative);
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
