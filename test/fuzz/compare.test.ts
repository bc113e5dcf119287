import { expect } from 'chai';
import { difference, distanceOf } from '../../bench/fuzz/engine/compare.js';
import type { Outcome, Shown } from '../../bench/fuzz/engine/outcome.js';

const shown = (values: number[], dtype = 'float32', label = 'result'): Shown => ({
  label,
  dtype,
  shape: [values.length],
  values,
});
const outcome = (...values: Shown[]): Outcome => ({ shown: values, left: [0, 0] });

describe('comparing two runs of a program', () => {
  it('measures by the largest magnitude, and by no less than 0.1', () => {
    expect(distanceOf([1, 100], [1.5, 100])).to.be.closeTo(0.005, 1e-12);
    expect(distanceOf([1e-8], [0])).to.be.closeTo(1e-7, 1e-12);
    expect(distanceOf([NaN, 1], [NaN, 1])).to.equal(0);
    expect(distanceOf([NaN], [1])).to.equal(Infinity);
    expect(distanceOf([Infinity], [Infinity])).to.equal(0);
  });

  it('lets rounding pass, and nothing else', () => {
    expect(difference(outcome(shown([1.000001])), outcome(shown([1])))).to.equal(undefined);
    expect(difference(outcome(shown([1.001])), outcome(shown([1])))).to.include({ what: 'value', at: 'result' });
    expect(difference(outcome(shown([2], 'int32')), outcome(shown([1], 'int32')))?.what).to.equal('value');
    expect(difference(outcome(shown([1], 'int32')), outcome(shown([1])))?.detail).to.match(/int32\[1\] in place of float32/);
  }); // prettier-ignore

  it('names an error that only one of them has', () => {
    const failed: Outcome = { shown: [], left: [0, 0], error: { at: 'step 0 (call)', message: 'no' } };
    expect(difference(failed, outcome(shown([1])))).to.deep.equal({ what: 'error', at: 'step 0 (call)', detail: 'no' });
    expect(difference(failed, failed)).to.equal(undefined);
  }); // prettier-ignore

  it('names tensors that stay behind', () => {
    expect(difference({ shown: [], left: [1, 0] }, outcome())?.what).to.equal('tensors left');
  });
});
