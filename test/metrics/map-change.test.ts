import { expect } from 'chai';
import {
  iou,
  mapChange,
  meanAbsoluteDifference,
  meanChange,
  pearson,
  spearman,
} from '../../src/metrics/index.js';
import { aboveMean, ranks } from '../../src/metrics/map-change.js';

const map = (...values: number[]) => Float32Array.from(values);
const mask = (...values: number[]) => Uint8Array.from(values);

describe('iou', () => {
  it('is intersection over union', () => {
    expect(iou(mask(1, 1, 0, 0), mask(0, 1, 1, 0))).to.be.closeTo(1 / 3, 1e-12);
    expect(iou(mask(1, 0), mask(0, 1))).to.equal(0);
  });

  it('of two empty masks is 1, of one empty mask 0', () => {
    expect(iou(mask(0, 0), mask(0, 0))).to.equal(1);
    expect(iou(mask(0, 0), mask(0, 1))).to.equal(0);
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

  it('of constant maps is defined: 1 for two, 0 for one', () => {
    expect(pearson(map(0.1, 0.1, 0.1), map(7, 7, 7))).to.equal(1);
    expect(pearson(map(0, 0, 0), map(1, 2, 3))).to.equal(0);
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

  it('gives equal values their mean rank', () => {
    expect([...ranks(map(3, 1, 3, 2, 3))]).to.deep.equal([4, 1, 4, 2, 4]);
    expect([...ranks(map(0, 0))]).to.deep.equal([1.5, 1.5]);
  });
});

describe('mapChange', () => {
  it('of a map with itself is none', () => {
    const same = map(0, 1, 2, 5);
    expect(mapChange(same, same)).to.deep.equal({
      iou: 1,
      pearson: 1,
      spearman: 1,
      meanAbsoluteDifference: 0,
    });
  });

  it('does not mind a larger raw scale', () => {
    const change = mapChange(map(0, 1, 2, 4), map(0, 10, 20, 40));
    expect(change.iou).to.equal(1);
    expect(change.meanAbsoluteDifference).to.be.closeTo(0, 1e-7);
  });

  it('works on the mask above the mean', () => {
    expect([...aboveMean(map(0, 1, 2, 5))]).to.deep.equal([0, 0, 0, 1]);
    expect([...aboveMean(map(0.1, 0.1, 0.1))]).to.deep.equal([0, 0, 0]);
    // masks (0,0,0,1) and (0,0,1,1)
    expect(mapChange(map(0, 1, 2, 5), map(0, 0, 4, 5)).iou).to.equal(0.5);
  });

  it('never gives NaN for constant maps', () => {
    const zero = map(0, 0, 0);
    expect(mapChange(zero, zero)).to.deep.equal({
      iou: 1,
      pearson: 1,
      spearman: 1,
      meanAbsoluteDifference: 0,
    });
    expect(mapChange(zero, map(0, 0, 3))).to.deep.equal({
      iou: 0,
      pearson: 0,
      spearman: 0,
      meanAbsoluteDifference: Math.fround(1) / 3,
    });
  });

  it('refuses maps of different sizes, empty ones and NaN', () => {
    expect(() => mapChange(map(1), map(1, 2))).to.throw('maps: expected two of equal length, found [1,2]');
    expect(() => mapChange(map(), map())).to.throw('map: expected at least one value');
    expect(() => pearson(map(1, NaN), map(1, 2))).to.throw('map: expected finite values');
  });

  it('meanChange takes the mean of each measure', () => {
    const one = { iou: 1, pearson: 0.5, spearman: 0, meanAbsoluteDifference: 0 };
    const other = { iou: 0, pearson: -0.5, spearman: 1, meanAbsoluteDifference: 0.5 };
    expect(meanChange([one, other])).to.deep.equal({
      iou: 0.5,
      pearson: 0,
      spearman: 0.5,
      meanAbsoluteDifference: 0.25,
    });
    expect(() => meanChange([])).to.throw('changes');
  });

  it('meanAbsoluteDifference by hand', () => {
    expect(meanAbsoluteDifference(map(0, 1), map(1, 0.5))).to.equal(0.75);
  });
});
