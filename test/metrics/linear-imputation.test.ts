import { expect } from 'chai';
import { linearImputation } from '../../src/metrics/index.js';
import { InvalidInput } from '../../src/errors.js';
import { random } from '../../src/random.js';

/** Weighted mean of a pixel's neighbors, written out. */
function neighborMean(
  values: ArrayLike<number>,
  x: number,
  y: number,
  width: number,
  height: number,
): number {
  let [sum, weights] = [0, 0];
  for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
    for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
      if (u === x && v === y) continue;
      const weight = u === x || v === y ? 1 / 6 : 1 / 12;
      sum += weight * values[v * width + u]!;
      weights += weight;
    }
  }
  return sum / weights;
}

describe('linearImputation', () => {
  it('weighs pixels beside a hole twice as much as those across its corners', () => {
    // prettier-ignore
    const image = Float32Array.of(
      12, 6, 0,
      6, 99, 0,
      0, 0, 0,
    );
    const filled = linearImputation(image, Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0), 3);
    expect(filled[4]).to.be.closeTo(12 / 12 + 6 / 6 + 6 / 6, 1e-4);
    expect([...filled.filter((_, index) => index !== 4)]).to.deep.equal([12, 6, 0, 6, 0, 0, 0, 0]);
  });

  it('weighs only neighbors inside the image', () => {
    // The corner's neighbors: 1/6 · 3, 1/6 · 5, 1/12 · 0, over 5/12.
    expect(linearImputation(Float32Array.of(-1, 3, 5, 0), Uint8Array.of(1, 0, 0, 0), 2)[0]).to.be.closeTo(
      3.2,
      1e-4,
    );
  });

  it('solves for holes of any shape at once, each channel by itself', () => {
    const [width, height] = [17, 13];
    const next = random(4);
    const image = Float32Array.from({ length: width * height * 2 }, next);
    const removed = Uint8Array.from({ length: width * height }, () => (next() < 0.8 ? 1 : 0));
    const filled = linearImputation(image, removed, width, 1e-9);
    for (const channel of [0, 1]) {
      const values = Array.from(removed, (_, pixel) => filled[pixel * 2 + channel]!);
      removed.forEach((gone, pixel) => {
        const [x, y] = [pixel % width, Math.floor(pixel / width)];
        const expected = gone ? neighborMean(values, x, y, width, height) : image[pixel * 2 + channel]!;
        expect(values[pixel]).to.be.closeTo(expected, 1e-6);
      });
    }
  });

  it('fills with the one color that is left, and changes nothing where nothing is removed', () => {
    const removed = new Uint8Array(64).fill(1);
    removed[10] = 0;
    expect([...linearImputation(new Float32Array(64).fill(0.5), removed, 8)]).to.deep.equal(
      Array(64).fill(0.5),
    );
    const image = Float32Array.of(1, 2, 3, 4);
    expect(linearImputation(image, new Uint8Array(4), 2)).to.deep.equal(image);
  });

  it('refuses to make an image of nothing', () => {
    expect(() => linearImputation(new Float32Array(4), new Uint8Array(4).fill(1), 2)).to.throw(
      InvalidInput,
      'at least one pixel that stays',
    );
  });
});
