import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { needsNative } from '../../backend.js';
import { weightAverage } from '../../../src/train/step/average.js';
import { tensorCounts } from '../support/tensors.js';

describe('weightAverage', () => {
  before(needsNative);

  const start = (decay: number) => {
    const weights = [[1, -2], 0].map((values) => tf.tidy(() => tf.variable(tf.tensor(values))));
    const average = weightAverage(weights, decay);
    const set = (a: number[], b: number): void =>
      tf.tidy(() => {
        weights[0]!.assign(tf.tensor(a));
        weights[1]!.assign(tf.tensor(b));
      });
    const read = (variables: readonly tf.Variable[]): number[] =>
      variables.flatMap((variable) => Array.from(variable.dataSync()));
    const end = (): void => {
      average.dispose();
      tf.dispose(weights);
    };
    return { weights, average, set, read, end };
  };

  it('follows the weights by hand: slowly by the decay, faster at the start', () => {
    const { average, set, read, end } = start(0.3);
    set([3, -2], 1);
    average.update();
    // min(0.3, 2 / 11) of the start, then min(0.3, 3 / 12), min(0.3, 4 / 13), that is 0.3.
    const expected = [3, -2, 1].map((value, at) => value + (2 / 11) * ([1, -2, 0][at]! - value));
    const near = (): void => read(average.slots).forEach((value, at) => expect(value).to.be.closeTo([...expected, steps][at]!, 1e-6)); // prettier-ignore
    let steps = 1;
    near();
    for (const kept of [3 / 12, 0.3]) {
      set([5, 4], -1);
      average.update();
      steps++;
      [5, 4, -1].forEach((value, at) => (expected[at] = value + kept * (expected[at]! - value)));
      near();
    }
    end();
  });

  it('swaps weights and average, to and fro, to the last bit', () => {
    const { weights, average, set, read, end } = start(0.9);
    // The second is too small for a normal number.
    set([0.1, 1e-40], 7.7);
    average.update();
    const [raw, mean] = [read(weights), read(average.slots)];
    expect(raw).to.not.deep.equal(mean.slice(0, -1));
    for (let time = 0; time < 2; time++) {
      average.swap();
      expect(read(weights)).to.deep.equal(mean.slice(0, -1));
      expect(read(average.slots)).to.deep.equal([...raw, 1]);
      average.swap();
      expect(read(weights)).to.deep.equal(raw);
      expect(read(average.slots)).to.deep.equal(mean);
    }
    end();
  });

  it('leaves no tensor behind', () => {
    const before = tensorCounts();
    const { average, end } = start(0.9);
    average.update();
    average.swap();
    const counts = tensorCounts();
    for (let time = 0; time < 20; time++) {
      average.update();
      average.swap();
    }
    expect(tensorCounts()).to.deep.equal(counts);
    end();
    expect(tensorCounts()).to.deep.equal(before);
  });
});
