import { expect } from 'chai';
import { calibration } from '../../src/metrics/index.js';

describe('calibration', () => {
  it('is the mean distance between confidence and accuracy, each bin weighing as its images', () => {
    // Bin (0.5, 1]: confidence 0.8, accuracy 2/3; bin (0, 0.5]: confidence 0.4, accuracy 1.
    const { error, bins } = calibration([0.7, 0.8, 0.9, 0.4], [true, false, true, true], 2);
    expect(error).to.be.closeTo((3 * (0.8 - 2 / 3) + 0.6) / 4, 1e-12);
    expect(bins[0]).to.deep.equal({ low: 0, high: 0.5, images: 1, confidence: 0.4, accuracy: 1 });
    expect(bins[1]).to.include({ low: 0.5, high: 1, images: 3 });
    expect(bins[1]!.accuracy).to.be.closeTo(2 / 3, 1e-12);
  });

  it('counts the upper end of a bin as its own, and 0 to the first', () => {
    const { bins } = calibration([0, 0.25, 0.5, 1], [true, true, true, true], 4);
    expect(bins.map(({ images }) => images)).to.deep.equal([2, 1, 0, 1]);
    expect(bins[2]).to.include({ confidence: null, accuracy: null });
  });

  it('is 0 for a network that is as often right as it says', () => {
    expect(calibration([0.5, 0.5, 1], [true, false, true]).error).to.equal(0);
  });

  it('refuses a number of bins that is none', () => {
    expect(() => calibration([1], [true], 0)).to.throw('bins: expected an integer, 1 or more, found 0');
  });
});
