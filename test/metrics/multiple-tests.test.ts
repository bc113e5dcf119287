import { expect } from 'chai';
import { benjaminiHochberg, signFlipTest } from '../../src/metrics/index.js';
import { random } from '../../src/random.js';

describe('benjaminiHochberg', () => {
  it('is p · m / rank, made monotonic from the largest down', () => {
    const adjusted = benjaminiHochberg([0.01, 0.04, 0.03, 0.5]);
    [0.04, 0.16 / 3, 0.16 / 3, 0.5].forEach((value, at) => expect(adjusted[at]).to.be.closeTo(value, 1e-12));
  });

  it('never exceeds 1, and takes no test at all', () => {
    expect(benjaminiHochberg([1, 0.9])).to.deep.equal([1, 1]);
    expect(benjaminiHochberg([])).to.deep.equal([]);
    expect(() => benjaminiHochberg([1.2])).to.throw('pValues');
  });

  it('keeps the share of false ones at its level', () => {
    const next = random(1);
    const rounds = Array.from({ length: 400 }, () => {
      const p = [
        ...Array.from({ length: 5 }, () => 1e-4 * next()),
        ...Array.from({ length: 45 }, () => next()),
      ];
      const found = benjaminiHochberg(p).flatMap((q, at) => (q <= 0.1 ? [at] : []));
      return found.filter((at) => at >= 5).length / Math.max(1, found.length);
    });
    expect(rounds.reduce((sum, share) => sum + share, 0) / rounds.length).to.be.within(0.05, 0.12);
  });
});

describe('signFlipTest', () => {
  it('looks at every combination of few signs', () => {
    expect(signFlipTest([1, 2, 3])).to.equal(1 / 8);
    expect(signFlipTest([-1, -2, -3])).to.equal(1);
    expect(signFlipTest([0, 0])).to.equal(1);
    expect(signFlipTest([])).to.equal(1);
  });

  it('is uniform where there is nothing', () => {
    const next = random(2);
    const p = Array.from({ length: 300 }, (_, seed) =>
      signFlipTest(
        Array.from({ length: 16 }, () => next() - 0.5),
        { seed, flips: 199 },
      ),
    );
    expect(p.filter((value) => value <= 0.1).length / p.length).to.be.within(0.05, 0.15);
  });

  it('refuses what is no number', () => {
    expect(() => signFlipTest([NaN])).to.throw('differences');
  });
});
