import { expect } from 'chai';
import { mapVerdict, settlement } from '../../../src/train/loop/settlement.js';
import { epochRate, peakRate } from '../../../src/train/loop/rate.js';
import { completeRecipe } from '../../../src/train/recipe/index.js';
import type { MapEpoch } from '../../../src/train/run/index.js';

const epochs = (...figures: [overFloor: number | null, rate: number][]): MapEpoch[] =>
  figures.map(([overFloor, rate], at) => ({ epoch: at + 1, overFloor, rate }));

const rule = { within: 1.1, for: 2 };

describe('mapVerdict', () => {
  const verdict = (overFloor: number | null, rate: number) =>
    mapVerdict({ epoch: 1, overFloor, rate }, 1.1, 0.1);

  it('is moving above, settled at the bound and below, at the highest rate', () => {
    expect(verdict(1.2, 0.1)).to.equal('moving');
    expect(verdict(1.1, 0.1)).to.equal('settled');
    expect(verdict(0, 0.1)).to.equal('settled');
  });

  it('is confounded where the change would be above the bound at the highest rate', () => {
    expect(verdict(0.5, 0.05)).to.equal('settled');
    expect(verdict(0.56, 0.05)).to.equal('confounded');
    expect(verdict(0.2, 0.01)).to.equal('confounded');
    expect(verdict(0.2, 0)).to.equal('confounded');
    expect(verdict(1.2, 0.01)).to.equal('moving');
  });

  it('is unknown where there is no quotient', () => {
    expect(verdict(null, 0.1)).to.equal('unknown');
  });
});

describe('settlement', () => {
  it('needs so many epochs in a row', () => {
    expect(settlement(epochs([1, 0.1], [2, 0.1], [1, 0.1], [1, 0.1], [1, 0.1]), rule, 0.1)).to.deep.equal({
      settled: 4,
    });
    expect(settlement(epochs([1, 0.1], [null, 0.1], [1, 0.1]), rule, 0.1)).to.deep.equal({});
  });

  it('says confounded where a small rate is among them, and settled only when none is', () => {
    expect(settlement(epochs([3, 0.1], [1, 0.01], [1, 0.01], [1, 0.01]), rule, 0.1)).to.deep.equal({
      confounded: 3,
    });
    expect(settlement(epochs([1, 0.05], [1, 0.1], [1, 0.1]), rule, 0.1)).to.deep.equal({
      confounded: 2,
      settled: 3,
    });
  });

  it('counts looks where these are not in every epoch', () => {
    const looks = [3, 6, 9].map((epoch) => ({ epoch, overFloor: 1, rate: 0.1 }));
    expect(settlement(looks, { ...rule, every: 3 }, 0.1)).to.deep.equal({ settled: 6 });
    expect(settlement(looks, rule, 0.1)).to.deep.equal({});
  });

  it('does not join epochs over a gap', () => {
    const [first, , third] = epochs([1, 0.1], [1, 0.1], [1, 0.1]);
    expect(settlement([first!, third!], rule, 0.1)).to.deep.equal({});
  });
});

describe('the mean learning rate of an epoch', () => {
  const recipe = (schedule: object) =>
    completeRecipe({
      data: { train: 'a', val: 'b' },
      optimizer: { learningRate: 0.1 },
      schedule: { epochs: 4, ...schedule },
    });

  it('is that of its batches; the peak is the largest of them', () => {
    const cosine = recipe({ kind: 'cosine', warmupEpochs: 1 });
    // Batches at 0, 1/4, 1/2 and 3/4 of the epoch.
    const inWarmUp = [0, 0.25, 0.5, 0.75].map((at) => at * 0.05 * (1 + Math.cos((Math.PI * at) / 4)));
    expect(epochRate(cosine, 0, 1, 4)).to.be.closeTo(
      inWarmUp.reduce((sum, rate) => sum + rate, 0) / 4,
      1e-12,
    );
    expect(peakRate(cosine, 4)).to.equal(epochRate(cosine, 1, 2, 4));
    const both = (epochRate(cosine, 0, 1, 4) + epochRate(cosine, 1, 2, 4)) / 2;
    expect(epochRate(cosine, 0, 2, 4)).to.be.closeTo(both, 1e-12);
    expect(peakRate(recipe({ kind: 'step', every: 1 }), 4)).to.be.closeTo(0.1, 1e-12);
  });
});
