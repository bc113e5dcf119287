import { expect } from 'chai';
import { areaUnderCurve, placesOf, rankPixels } from '../../src/metrics/index.js';
import { InvalidInput } from '../../src/errors.js';

describe('rankPixels', () => {
  it('puts the most salient pixel first', () => {
    expect([...rankPixels(Float32Array.of(0.1, 3, -2, 1))]).to.deep.equal([1, 3, 0, 2]);
  });

  it('keeps equal values in row-major order, zeros of either sign among them', () => {
    expect([...rankPixels(Float32Array.of(0, 5, 0, 5, -0))]).to.deep.equal([1, 3, 0, 2, 4]);
    expect([...rankPixels(new Float32Array(4).fill(2))]).to.deep.equal([0, 1, 2, 3]);
  });

  it('refuses values that are not finite', () => {
    expect(() => rankPixels(Float32Array.of(1, NaN))).to.throw(InvalidInput, 'map: expected finite values');
    expect(() => rankPixels(new Float32Array(0))).to.throw(InvalidInput, 'at least one value');
  });
});

describe('placesOf', () => {
  it('is the inverse of the order', () => {
    expect([...placesOf(Int32Array.of(2, 0, 1))]).to.deep.equal([1, 2, 0]);
  });
});

describe('areaUnderCurve', () => {
  it('is the trapezoidal rule over [0, 1]', () => {
    expect(areaUnderCurve([0, 1])).to.equal(0.5);
    expect(areaUnderCurve([0, 1, 0])).to.equal(0.5);
    expect(areaUnderCurve([0.2, 0.4, 1])).to.be.closeTo((0.3 + 0.7) / 2, 1e-15);
    expect(areaUnderCurve([0.3, 0.3, 0.3, 0.3])).to.be.closeTo(0.3, 1e-15);
  });

  it('needs two finite values', () => {
    expect(() => areaUnderCurve([1])).to.throw(InvalidInput, 'two values or more');
    expect(() => areaUnderCurve([1, NaN])).to.throw(InvalidInput, 'finite');
  });
});
