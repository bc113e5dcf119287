import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { needsNative } from '../backend.js';
import { withoutObject } from '../../src/compare/measure/backgrounds.js';
import { accuracyAt } from '../../src/compare/statistics/equal-time.js';
import { partnersOf } from '../../src/compare/measure/partners.js';
import { crossEntropyOf, rankOf } from '../../src/compare/measure/scores.js';
import { trainingTimeLeft } from '../../src/compare/run/time-left.js';
import type { RunResult } from '../../src/compare/index.js';
import { values } from '../train/support/tensors.js';

describe('accuracyAt', () => {
  const curve = [
    { epoch: 0, seconds: 0, top1: 0.1, loss: 1 },
    { epoch: 1, seconds: 10, top1: 0.5, loss: 1 },
    { epoch: 2, seconds: 30, top1: 0.7, loss: 1 },
  ];
  it('is linear between epochs, and the last one behind the end', () => {
    expect(accuracyAt(curve, 0)).to.equal(0.1);
    expect(accuracyAt(curve, 5)).to.be.closeTo(0.3, 1e-12);
    expect(accuracyAt(curve, 10)).to.equal(0.5);
    expect(accuracyAt(curve, 25)).to.be.closeTo(0.65, 1e-12);
    expect(accuracyAt(curve, 31)).to.equal(0.7);
    expect(accuracyAt([], 1)).to.equal(null);
  });

  it('is not known between two validations that are epochs apart, but at each of them', () => {
    const [before, first] = curve;
    const rare = [before!, first!, { epoch: 4, seconds: 50, top1: 0.8, loss: 1 }];
    expect(accuracyAt(rare, 5)).to.be.closeTo(0.3, 1e-12);
    expect(accuracyAt(rare, 10)).to.equal(0.5);
    expect(accuracyAt(rare, 30)).to.equal(null);
    expect(accuracyAt(rare, 50)).to.equal(0.8);
    expect(accuracyAt(rare, 60)).to.equal(0.8);
  });
});

describe('partnersOf', () => {
  it('gives each image one of another class, the same for the same seed', () => {
    const labels = Array.from({ length: 60 }, (_, image) => image % 3);
    const partners = partnersOf(labels, 7);
    partners.forEach((partner, image) => expect(labels[partner]).to.not.equal(labels[image]));
    expect(partnersOf(labels, 7)).to.deep.equal(partners);
    expect(partnersOf(labels, 8)).to.not.deep.equal(partners);
    expect(new Set(partners).size).to.be.above(20);
  });

  it('is nobody where there is one class', () => {
    expect([...partnersOf([2, 2, 2], 0)]).to.deep.equal([0, 1, 2]);
  });
});

describe('scores of an image', () => {
  it('rank: the logits above the label; a tie counts for the label, a missing number against it', () => {
    expect(rankOf([3, 1, 2], 0)).to.equal(0);
    expect(rankOf([3, 1, 2], 1)).to.equal(2);
    expect(rankOf([3, 3, 2], 1)).to.equal(0);
    expect(rankOf([NaN, 1, 2], 0)).to.equal(3);
  });

  it('cross entropy: log of the classes where all logits are equal, also where they are huge', () => {
    expect(crossEntropyOf([5, 5, 5, 5], 2)).to.be.closeTo(Math.log(4), 1e-12);
    expect(crossEntropyOf([1000, 0], 0)).to.be.closeTo(0, 1e-12);
    expect(crossEntropyOf([1000, 0], 1)).to.equal(1000);
  });
});

describe('withoutObject', () => {
  before(needsNative);
  const blur = { size: 3, sigma: 1 };
  /** A row of gray pixels and its mask as tensors; the result as a row. */
  const filled = (row: number[], mask: number[]): number[] => {
    const images = tf.tensor4d(row.flatMap((gray) => [gray, gray, gray]), [1, 1, row.length, 3]); // prettier-ignore
    const masks = tf.tensor3d(mask, [1, 1, row.length]);
    const found = values(withoutObject(images, masks, blur)).filter((_, index) => index % 3 === 0);
    tf.dispose([images, masks]);
    return found;
  };

  it('keeps the background, and fills the object from the pixels beside it, not from its own', () => {
    const [left, object, right] = filled([10, 255, 30], [0, 1, 0]);
    expect([left, right]).to.deep.equal([10, 30]);
    expect(object).to.be.closeTo(20, 1e-3);
  });

  it('takes the mean color of the background deep inside a large object', () => {
    const row = filled([10, 255, 255, 255, 50], [0, 1, 1, 1, 0]);
    expect(row[1]).to.be.closeTo(10, 0.2);
    expect(row[2]).to.be.closeTo(30, 1e-3);
  });

  it('makes one color of an image that is all object, and changes none that has no object', () => {
    expect(filled([10, 20, 30], [1, 1, 1]).map(Math.round)).to.deep.equal([20, 20, 20]);
    expect(filled([10, 20, 30], [0, 0, 0])).to.deep.equal([10, 20, 30]);
  });

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    filled([1, 2], [0, 1]);
    expect(tf.memory().numTensors).to.equal(before);
  });
});

describe('trainingTimeLeft', () => {
  const took = (seconds: number) =>
    ({ curve: [{ epoch: 1, seconds, top1: 0, loss: 0 }] }) as unknown as RunResult;
  it('counts a run as its arm took, an arm that is new as all took', () => {
    expect(trainingTimeLeft([{ arm: 'plain' }])).to.equal(null);
    const runs = [
      { arm: 'plain', result: took(10) },
      { arm: 'lafam', result: took(20) },
      { arm: 'cam' },
      { arm: 'plain' },
    ];
    expect(trainingTimeLeft(runs)).to.equal(25);
  });
});
