import { expect } from 'chai';
import { bootstrap, confidenceChange, meanEstimate } from '../../src/metrics/index.js';
import { InvalidInput } from '../../src/errors.js';
import { random } from '../../src/random.js';

describe('bootstrap', () => {
  it('brackets the mean as the theory of a large sample says', () => {
    const values = Array.from({ length: 400 }, random(1));
    const { mean, low, high } = meanEstimate(values)!;
    const deviation = Math.sqrt(1 / 12 / 400);
    expect(low).to.be.closeTo(mean - 1.96 * deviation, deviation / 4);
    expect(high).to.be.closeTo(mean + 1.96 * deviation, deviation / 4);
  });

  it('covers the true mean in about 95 of 100 samples', () => {
    const next = random(7);
    const covered = Array.from({ length: 200 }, () => {
      const { low, high } = meanEstimate(Array.from({ length: 40 }, next), { resamples: 400 })!;
      return low <= 0.5 && 0.5 <= high;
    });
    expect(covered.filter(Boolean).length).to.be.within(176, 199);
  });

  it('is the same for the same seed', () => {
    const values = [1, 2, 3, 4];
    expect(meanEstimate(values, { seed: 3 })).to.deep.equal(meanEstimate(values, { seed: 3 }));
    expect(meanEstimate(values, { seed: 3, resamples: 50 })).to.not.deep.equal(
      meanEstimate(values, { seed: 4, resamples: 50 }),
    );
  });

  it('says nothing of nothing, and one image is its own interval', () => {
    expect(meanEstimate([])).to.equal(null);
    expect(meanEstimate([0.3])).to.deep.equal({ mean: 0.3, low: 0.3, high: 0.3 });
  });

  it('leaves out draws for which the statistic is not defined', () => {
    const odd = (drawn: readonly number[]) => {
      const kept = drawn.filter((value) => value % 2 === 1);
      return kept.length > 0 ? 1 : NaN;
    };
    expect(bootstrap([1, 2, 4], odd)).to.deep.equal({ mean: 1, low: 1, high: 1 });
    expect(bootstrap([2, 4], odd)).to.equal(null);
  });

  it('refuses no resamples', () => {
    expect(() => meanEstimate([1], { resamples: 0 })).to.throw(InvalidInput, 'resamples');
  });
});

describe('confidenceChange', () => {
  it('is the share that was lost', () => {
    expect(confidenceChange(0.8, 0.6).drop).to.be.closeTo(0.25, 1e-12);
    expect(confidenceChange(0.8, 0.6).increase).to.equal(0);
  });

  it('does not drop below 0, and a rise counts as an increase', () => {
    expect(confidenceChange(0.5, 0.7)).to.deep.equal({ drop: 0, increase: 1 });
    expect(confidenceChange(0, 0)).to.deep.equal({ drop: 0, increase: 0 });
  });

  it('takes probabilities alone', () => {
    expect(() => confidenceChange(1.2, 0.5)).to.throw(InvalidInput, 'before: expected a probability');
    expect(() => confidenceChange(0.2, NaN)).to.throw(InvalidInput, 'after: expected a probability');
  });
});
