import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { needsNative } from '../../backend.js';
import type { Staged } from '../../../src/augment/index.js';
import { divergence, mixedCrossEntropy } from '../../../src/train/index.js';
import { objective } from '../../../src/train/step/objective.js';
import { values } from '../support/tensors.js';

const ln = Math.log;
const ints = (...list: number[]): tf.Tensor1D => tf.tensor1d(list, 'int32');

describe('mixedCrossEntropy', () => {
  before(needsNative);
  // Probabilities (1/8, 2/8, 5/8), twice.
  const logits = () => tf.tensor2d([ln(1), ln(2), ln(5), ln(1), ln(2), ln(5)], [2, 3]);
  const found = (share: number[], smoothing?: number): number[] =>
    values(
      tf.tidy(() =>
        mixedCrossEntropy(
          logits(),
          ints(2, 0),
          { partner: ints(1, 1), share: tf.tensor1d(share) },
          smoothing,
        ),
      ),
    );

  it('is the loss of the label that holds both shares', () => {
    const [first, second] = found([0.75, 1]);
    expect(first).to.be.closeTo(-(0.75 * ln(5 / 8) + 0.25 * ln(1 / 8)), 1e-6);
    expect(second).to.be.closeTo(-ln(1 / 8), 1e-6);
  });

  it('smooths the mixed label', () => {
    const [first] = found([0.75, 1], 0.3);
    // (0.25, 0, 0.75) · 0.7 + 0.1 each.
    expect(first).to.be.closeTo(-(0.275 * ln(1 / 8) + 0.1 * ln(2 / 8) + 0.625 * ln(5 / 8)), 1e-6);
  });
});

describe('divergence', () => {
  before(needsNative);

  it('is the Kullback-Leibler divergence from the clean prediction, 0 for the same', () => {
    const clean = tf.tensor2d([ln(3), ln(1), 4, 4], [2, 2]);
    const altered = tf.tensor2d([ln(1), ln(1), 7, 7], [2, 2]);
    const [first, second] = values(divergence(clean, altered));
    expect(first).to.be.closeTo(0.75 * ln(0.75 / 0.5) + 0.25 * ln(0.25 / 0.5), 1e-6);
    expect(second).to.be.closeTo(0, 1e-6);
  });

  it('stays finite for certain predictions', () => {
    const [first] = values(divergence(tf.tensor2d([[1000, 0]]), tf.tensor2d([[0, 1000]])));
    expect(first).to.be.closeTo(1000, 1e-2);
  });

  it('lets gradient into the altered prediction alone: probability less wanted probability', () => {
    const clean = tf.tensor2d([[ln(3), ln(1)]]);
    const altered = tf.tensor2d([[0, 0]]);
    const [ofClean, ofAltered] = tf.grads((a: tf.Tensor, b: tf.Tensor) =>
      tf.sum(divergence(a as tf.Tensor2D, b as tf.Tensor2D)),
    )([clean, altered]);
    expect(values(ofClean!)).to.deep.equal([0, 0]);
    const [first, second] = values(ofAltered!);
    expect(first).to.be.closeTo(0.5 - 0.75, 1e-6);
    expect(second).to.be.closeTo(0.5 - 0.25, 1e-6);
  });
});

describe('objective', () => {
  before(needsNative);
  const images = () => tf.tensor4d([1, 2, 3], [3, 1, 1, 1]);
  const staged = (more: object = {}): Staged => ({
    images: tf.tensor4d([1, 20, 30], [3, 1, 1, 1]),
    map: tf.zeros([2, 1, 1]),
    mask: tf.zeros([2, 1, 1]),
    zero: tf.tensor1d([0, 0], 'bool'),
    ...more,
  });
  const options = { labelSmoothing: 0, consistency: 0 };

  it('is cross entropy on the images as they are, on the staged ones, or with mixed labels', () => {
    const logits = tf.tensor2d([ln(3), 0, ln(3), 0, ln(3), 0], [3, 2]);
    const plain = objective(images(), ints(0, 0, 1), null, options);
    expect(values(plain.images.clone())).to.deep.equal([1, 2, 3]);
    const all = -(2 * ln(0.75) + ln(0.25));
    expect(values(plain.loss(logits))[0]).to.be.closeTo(all, 1e-6);
    const some = objective(images(), ints(0, 0, 1), { staged: staged(), chosen: ints(1, 2) }, options);
    expect(values(some.images.clone())).to.deep.equal([1, 20, 30]);
    expect(values(some.loss(logits))[0]).to.be.closeTo(all, 1e-6);
    const mixed = { partner: ints(0, 1, 0), share: tf.tensor1d([1, 1, 0.5]) };
    const both = objective(
      images(),
      ints(0, 0, 1),
      { staged: staged({ mixed }), chosen: ints(1, 2) },
      options,
    );
    expect(values(both.loss(logits))[0]).to.be.closeTo(-(2.5 * ln(0.75) + 0.5 * ln(0.25)), 1e-6);
  });

  it('with consistency learns from the images as they are, and lets the staged ones agree', () => {
    const aim = objective(
      images(),
      ints(0, 0, 1),
      { staged: staged(), chosen: ints(1, 2) },
      { labelSmoothing: 0, consistency: 2 },
    );
    expect(values(aim.images.clone())).to.deep.equal([1, 2, 3, 20, 30]);
    const logits = tf.tensor2d([ln(3), 0, ln(3), 0, 0, 0, 0, 0, 0, 0], [5, 2]);
    const divergent = 0.75 * ln(1.5) + 0.25 * ln(0.5);
    expect(values(aim.loss(logits))[0]).to.be.closeTo(-(2 * ln(0.75) + ln(0.5)) + 2 * divergent, 1e-6);
    expect(values(aim.weight)).to.deep.equal([3]);
    const weighted = objective(
      images(),
      ints(0, 0, 1),
      { staged: staged(), chosen: ints(1, 2) },
      { labelSmoothing: 0, consistency: 2, classWeights: [1, 4] },
    );
    // The last image counts four times, in the one and in the other (whose divergence is zero).
    expect(values(weighted.weight)).to.deep.equal([6]);
    expect(values(weighted.loss(logits))[0]).to.be.closeTo(
      -(2 * ln(0.75) + 4 * ln(0.5)) + 2 * divergent,
      1e-6,
    );
    expect(aim.labeled(logits).shape).to.deep.equal([3, 2]);
  });
});
