import { expect } from 'chai';
import { aboveMean, maskIoU, meanAbsoluteDifference, pearson, spearman } from '../../src/metrics/index.js';

const map = (...values: number[]) => Float32Array.from(values);
const mask = (...values: number[]) => Uint8Array.from(values);

describe('maskIoU', () => {
  it('is intersection over union', () => {
    expect(maskIoU(mask(1, 1, 0, 0), mask(0, 1, 1, 0))).to.be.closeTo(1 / 3, 1e-12);
    expect(maskIoU(mask(1, 0), mask(0, 1))).to.equal(0);
  });

  it('of two empty masks is not defined, of one empty mask 0', () => {
    expect(maskIoU(mask(0, 0), mask(0, 0))).to.equal(null);
    expect(maskIoU(mask(0, 0), mask(0, 1))).to.equal(0);
  });
});

describe('aboveMean', () => {
  it('of a constant map is empty', () => {
    for (const value of [0, 0.1, 1 / 3, -7.3]) {
      expect([...aboveMean(new Float32Array(1000).fill(value))].includes(1), String(value)).to.equal(false);
    }
  });
});

describe('pearson', () => {
  it('does not mind scale and shift', () => {
    expect(pearson(map(1, 2, 3), map(10, 30, 50))).to.be.closeTo(1, 1e-12);
    expect(pearson(map(1, 2, 3), map(3, 2, 1))).to.be.closeTo(-1, 1e-12);
  });

  it('is 0.5 for a pair worked by hand', () => {
    // deviations (−1, 0, 1) and (−1, 1, 0): product 1, sizes √2 each
    expect(pearson(map(1, 2, 3), map(1, 3, 2))).to.be.closeTo(0.5, 1e-12);
  });

  it('is not defined for a constant map, alone or with another, as is spearman', () => {
    for (const correlation of [pearson, spearman]) {
      expect(correlation(map(0.1, 0.1, 0.1), map(7, 7, 7))).to.equal(null);
      expect(correlation(map(0, 0, 0), map(1, 2, 3))).to.equal(null);
      expect(correlation(map(1, 2, 3), map(0, 0, 0))).to.equal(null);
    }
  });

  it('holds for tiny and for large maps', () => {
    expect(pearson(map(1e-38, 2e-38), map(1e-38, 2e-38))).to.be.closeTo(1, 1e-6);
    const large = Float32Array.from({ length: 224 * 224 }, (_, at) => at % 97);
    expect(pearson(large, large)).to.be.closeTo(1, 1e-9);
  });
});

describe('spearman', () => {
  it('sees the order alone', () => {
    expect(spearman(map(1, 2, 3, 4), map(1, 10, 100, 1000))).to.be.closeTo(1, 1e-12);
    // ranks (1,2,3) and (1,3,2): 1 − 6·2/(3·8) = 0.5
    expect(spearman(map(5, 6, 7), map(0, 9, 8))).to.be.closeTo(0.5, 1e-12);
  });
});

describe('meanAbsoluteDifference', () => {
  it('is what it says', () => {
    expect(meanAbsoluteDifference(map(0, 1), map(1, 0.5))).to.equal(0.75);
  });
});
