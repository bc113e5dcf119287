import { expect } from 'chai';
import { holm, studentQuantile, studentTwoSided } from '../../src/metrics/index.js';

describe("Student's t", () => {
  it('p values with a closed form: one degree of freedom is Cauchy, two are algebraic', () => {
    for (const t of [0, 0.1, 1, 3, 12.706, 1000]) {
      expect(studentTwoSided(t, 1)).to.be.closeTo(1 - (2 / Math.PI) * Math.atan(t), 1e-12);
      expect(studentTwoSided(-t, 2)).to.be.closeTo(1 - t / Math.sqrt(2 + t * t), 1e-12);
    }
    expect(studentTwoSided(Infinity, 5)).to.equal(0);
  });

  it('quantiles are those of the tables, to their three digits', () => {
    const table = [[1, 12.706], [2, 4.303], [4, 2.776], [7, 2.365], [11, 2.201], [30, 2.042], [120, 1.98]] as const; // prettier-ignore
    for (const [degrees, value] of table) {
      expect(studentQuantile(0.95, degrees)).to.be.closeTo(value, 5e-4);
      expect(studentTwoSided(studentQuantile(0.95, degrees), degrees)).to.be.closeTo(0.05, 1e-10);
    }
    expect(studentQuantile(0, 3)).to.be.closeTo(0, 1e-12);
    expect(studentQuantile(0.99, 1e6)).to.be.closeTo(2.575829, 1e-5);
  });

  it('wants degrees of freedom and a share', () => {
    expect(() => studentTwoSided(1, 0)).to.throw('degrees: expected a number above 0, found 0');
    expect(() => studentQuantile(1, 3)).to.throw('share: expected a number from 0 to below 1, found 1');
  });
});

describe('holm', () => {
  it("corrects as Holm's paper does", () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).to.deep.equal([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.5, null, 0.9])).to.deep.equal([1, null, 1]);
    expect(holm([])).to.deep.equal([]);
  });
});
