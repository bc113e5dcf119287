import { expect } from 'chai';
import {
  averageRanks,
  hog,
  hogSimilarity,
  mapSimilarity,
  relativeDistance,
  spearman,
  ssim,
} from '../../src/metrics/index.js';
import { InvalidInput } from '../../src/errors.js';
import { random } from '../../src/random.js';

const noise = (length: number, seed: number) => Float32Array.from({ length }, random(seed));

describe('spearman', () => {
  it('gives equal values the mean of their ranks', () => {
    expect([...averageRanks(Float32Array.of(3, 1, 3, 2, 3))]).to.deep.equal([4, 1, 4, 2, 4]);
  });

  it('sees order alone', () => {
    expect(spearman(Float32Array.of(1, 2, 3), Float32Array.of(10, 200, 3000))).to.be.closeTo(1, 1e-12);
    expect(spearman(Float32Array.of(1, 2, 3), Float32Array.of(3, 2, -9))).to.be.closeTo(-1, 1e-12);
    // 1 − 6 Σd² / n(n² − 1) with d = (0, −1, 1, 0)
    expect(spearman(Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 3, 2, 4))).to.be.closeTo(0.8, 1e-12);
  });

  it('is not defined for a constant map', () => {
    expect(spearman(new Float32Array(3), Float32Array.of(1, 2, 3))).to.equal(null);
  });

  it('refuses maps of different size', () => {
    expect(() => spearman(new Float32Array(3), new Float32Array(4))).to.throw(InvalidInput, 'maps');
  });
});

describe('ssim', () => {
  it('is 1 for equal maps, and for two constant ones', () => {
    const map = noise(400, 1);
    for (const window of ['uniform', 'gaussian'] as const) {
      expect(ssim(map, map, 20, window)).to.be.closeTo(1, 1e-12);
      expect(ssim(new Float32Array(400), new Float32Array(400), 20, window)).to.equal(1);
    }
  });

  it('has its closed form for constant maps of different brightness', () => {
    const [a, b] = [0.25, 0.75];
    const expected = (2 * a * b + 1e-4) / (a * a + b * b + 1e-4);
    const found = ssim(new Float32Array(400).fill(a), new Float32Array(400).fill(b), 20);
    expect(found).to.be.closeTo(expected, 1e-9);
  });

  it('is negative for a map and its negative', () => {
    const map = noise(400, 1);
    expect(
      ssim(
        map,
        map.map((value) => 1 - value),
        20,
      ),
    ).to.be.below(-0.5);
  });

  it('refuses maps smaller than its window', () => {
    expect(() => ssim(new Float32Array(100), new Float32Array(100), 10)).to.throw(InvalidInput, '11 pixels');
  });
});

describe('hog', () => {
  it('puts a ramp to the right into the first orientation of every cell', () => {
    const ramp = Float32Array.from({ length: 24 * 24 }, (_, index) => index % 24);
    const features = hog(ramp, 24);
    expect(features.length).to.equal(81);
    for (let cell = 0; cell < 9; cell++) {
      const [first, ...others] = features.subarray(cell * 9, cell * 9 + 9);
      expect(first).to.be.above(0.1);
      expect(others.every((value) => value === 0)).to.equal(true);
    }
  });

  it('is 0 everywhere on a constant map, so that its similarity is not defined', () => {
    expect(hog(new Float32Array(576), 24).every((value) => value === 0)).to.equal(true);
    expect(hogSimilarity(new Float32Array(576), noise(576, 1), 24)).to.equal(null);
  });

  it('refuses maps smaller than a block', () => {
    expect(() => hog(new Float32Array(23 * 24), 24)).to.throw(InvalidInput, '24 pixels');
  });
});

describe('mapSimilarity', () => {
  it('tells a map with its signs turned from the same map', () => {
    const map = noise(900, 3).map((value) => value - 0.5);
    const turned = map.map((value) => -value);
    const same = mapSimilarity(map, map, 30);
    expect(same.spearman).to.be.closeTo(1, 1e-12);
    const other = mapSimilarity(map, turned, 30);
    expect(other.spearman).to.be.closeTo(-1, 1e-12);
    for (const figures of [same, other]) {
      expect(figures.spearmanAbsolute).to.be.closeTo(1, 1e-12);
      expect(figures.ssim).to.be.closeTo(1, 1e-12);
      expect(figures.hog).to.be.closeTo(1, 1e-12);
      expect(figures.maskIoU).to.equal(1);
    }
  });

  it('finds little between maps of noise', () => {
    const {
      spearman: ranks,
      ssim: structure,
      maskIoU,
    } = mapSimilarity(noise(10_000, 1), noise(10_000, 2), 100);
    expect(Math.abs(ranks!)).to.be.below(0.05);
    expect(structure).to.be.below(0.1);
    expect(maskIoU).to.be.closeTo(1 / 3, 0.02);
  });

  it('is defined or null for constant maps, never NaN', () => {
    const figures = mapSimilarity(new Float32Array(900), noise(900, 1), 30);
    expect(figures).to.deep.include({ spearman: null, spearmanAbsolute: null, hog: null, maskIoU: 0 });
    expect(figures.ssim).to.satisfy(Number.isFinite);
  });
});

describe('relativeDistance', () => {
  it('is the distance over the size of the first', () => {
    expect(relativeDistance(Float32Array.of(3, 4), Float32Array.of(3, 7))).to.be.closeTo(3 / 5, 1e-12);
    expect(relativeDistance(new Float32Array(2), Float32Array.of(1, 1))).to.equal(null);
  });
});
