import { expect } from 'chai';
import {
  crossedBootstrap,
  differences,
  meanOf,
  standardDeviation,
  studentInterval,
  unitsNeeded,
} from '../../src/compare/statistics/paired.js';
import { random } from '../../src/random.js';

describe('paired differences', () => {
  it('are value less value, and null where one is', () => {
    expect(differences([1, 0, null, 1], [0, 0, 1, null])).to.deep.equal([1, 0, null, null]);
  });

  it('have a mean over what is known, and a standard deviation over n − 1', () => {
    expect(meanOf([1, null, 2])).to.equal(1.5);
    expect(meanOf([null])).to.equal(null);
    expect(standardDeviation([1, 3])).to.be.closeTo(Math.SQRT2, 1e-12);
    expect(standardDeviation([5])).to.equal(null);
  });
});

describe('crossedBootstrap', () => {
  const width = (rows: number[][]): number => {
    const { low, high } = crossedBootstrap(rows)!;
    return high! - low!;
  };
  const noise = (count: number, seed: number): number[] => {
    const next = random(seed);
    return Array.from({ length: count }, () => next() - 0.5);
  };

  it('of a difference that is the same everywhere is that difference', () => {
    expect(crossedBootstrap([[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]])).to.deep.equal({ mean: 0.5, low: 0.5, high: 0.5 }); // prettier-ignore
  });

  it('draws seeds: two seeds a quarter of the time both the one, both the other', () => {
    expect(
      crossedBootstrap([
        [0.1, 0.1],
        [0.3, 0.3],
      ]),
    ).to.deep.equal({ mean: 0.2, low: 0.1, high: 0.3 });
  });

  it('with one seed draws images: the binomial of the paired differences', () => {
    // Of 100 images 20 got better and 10 worse: mean 0.1, variance of the mean (0.3 − 0.01) / 100.
    const row = Array.from({ length: 100 }, (_, image) => (image < 20 ? 1 : image < 30 ? -1 : 0));
    const { mean, low, high } = crossedBootstrap([row])!;
    expect(mean).to.be.closeTo(0.1, 1e-12);
    expect(low).to.be.closeTo(0.1 - 1.96 * Math.sqrt(0.29 / 100), 0.015);
    expect(high).to.be.closeTo(0.1 + 1.96 * Math.sqrt(0.29 / 100), 0.015);
  });

  it('sees every drawn seed on the same images: seeds that agree do not make images count twice', () => {
    const row = noise(200, 1);
    expect(width([row, row, row, row]) / width([row])).to.be.within(0.9, 1.1);
    // Independent images would make it half as wide.
    expect(width([1, 2, 3, 4].map((seed) => noise(200, seed))) / width([row])).to.be.within(0.4, 0.95);
  });

  it('leaves out what is not defined, and repeats itself for the same seed', () => {
    const rows = [[0.2, null, 0.4], [null, null, 0.6]]; // prettier-ignore
    const found = crossedBootstrap(rows, { seed: 3 })!;
    expect(found.mean).to.be.closeTo(0.4, 1e-12);
    expect(found.low).to.be.at.least(0.2);
    expect(found.high).to.be.at.most(0.6);
    expect(crossedBootstrap(rows, { seed: 3 })).to.deep.equal(found);
    expect(crossedBootstrap([[null]])).to.equal(null);
    expect(crossedBootstrap([])).to.equal(null);
  });

  it('has an interval over seeds alone only from five seeds on', () => {
    expect(crossedBootstrap([[0.4]])).to.deep.equal({ mean: 0.4, low: null, high: null });
    expect(crossedBootstrap([[1], [1], [2], [2]])).to.deep.equal({ mean: 1.5, low: null, high: null });
    const { low, high } = crossedBootstrap([[1], [1], [1], [2], [2]])!;
    expect([low, high]).to.deep.equal([1, 1.8]);
  });

  it('refuses rows of different lengths', () => {
    expect(() => crossedBootstrap([[1], [1, 2]])).to.throw('rows: expected one length, found [1,2]');
  });
});

describe('units', () => {
  it("Student's interval of too few is none; of units that agree it has no width", () => {
    expect(studentInterval([0.3, null])).to.equal(null);
    expect(studentInterval([0.25, 0.25, 0.25])).to.deep.equal({ low: 0.25, high: 0.25, p: 0 });
  });

  it('needed for a width: the least number whose interval is as narrow', () => {
    // 2.201 · 2.2 / √12 = 1.40: eleven are too few for 1.4, twelve are enough.
    expect(unitsNeeded(0.022, 0.014)).to.equal(12);
    expect(unitsNeeded(0, 0.01)).to.equal(2);
    expect(unitsNeeded(1, 0.0001)).to.equal(null);
    expect(() => unitsNeeded(1, 0)).to.throw('halfWidth: expected a number above 0, found 0');
  });
});
