import { expect } from 'chai';
import { aboveMean } from '../../src/metrics/index.js';
import { mapChange, meanChange } from '../../src/monitor/index.js';

const map = (...values: number[]) => Float32Array.from(values);
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

  it('has no correlation with a constant map, and no overlap of two', () => {
    const zero = map(0, 0, 0);
    expect(mapChange(zero, zero)).to.deep.equal({
      iou: null,
      pearson: null,
      spearman: null,
      meanAbsoluteDifference: 0,
    });
    expect(mapChange(zero, map(0, 0, 3))).to.deep.equal({
      iou: 0,
      pearson: null,
      spearman: null,
      meanAbsoluteDifference: Math.fround(1) / 3,
    });
  });

  it('refuses maps of different sizes, empty ones and NaN', () => {
    expect(() => mapChange(map(1), map(1, 2))).to.throw('maps: expected two of equal length, found [1,2]');
    expect(() => mapChange(map(), map())).to.throw('map: expected at least one value');
    expect(() => mapChange(map(1, NaN), map(1, 2))).to.throw('map: expected finite values');
  });

  it('meanChange takes the mean of each measure', () => {
    const one = { iou: 1, pearson: 0.5, spearman: 0, meanAbsoluteDifference: 0 };
    const other = { iou: 0, pearson: -0.5, spearman: 1, meanAbsoluteDifference: 0.5 };
    expect(meanChange([one, other])).to.deep.equal({
      iou: 0.5,
      pearson: 0,
      spearman: 0.5,
      meanAbsoluteDifference: 0.25,
      constant: 0,
    });
    expect(() => meanChange([])).to.throw('changes');
  });

  it('meanChange leaves out what is not defined, and counts it', () => {
    const one = { iou: 0.5, pearson: 0.5, spearman: 0.25, meanAbsoluteDifference: 0 };
    const none = { iou: null, pearson: null, spearman: null, meanAbsoluteDifference: 0.5 };
    expect(meanChange([one, none])).to.deep.equal({ ...one, meanAbsoluteDifference: 0.25, constant: 1 });
    expect(meanChange([none])).to.deep.equal({ ...none, constant: 1 });
  });
});
