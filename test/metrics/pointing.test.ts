import { expect } from 'chai';
import {
  aboveMean,
  energyInside,
  hits,
  inView,
  maskIoU,
  mostSalientPixel,
  rectanglesMask,
  wholePixels,
} from '../../src/metrics/index.js';

const box = (left: number, top: number, right: number, bottom: number) => ({ left, top, right, bottom });

describe('mostSalientPixel', () => {
  it('is the first of the largest values', () => {
    expect(mostSalientPixel(Float32Array.of(0, 1, 7, 7, 2, 7), 3)).to.deep.equal({ x: 2, y: 0 });
  });

  it('is none on a constant map', () => {
    expect(mostSalientPixel(new Float32Array(4).fill(0.5), 2)).to.equal(undefined);
  });
});

describe('hits', () => {
  const boxes = [box(2, 2, 4, 5)];

  it('counts the pixels of a half-open box', () => {
    expect(hits({ x: 2, y: 2 }, boxes)).to.equal(true);
    expect(hits({ x: 3, y: 4 }, boxes)).to.equal(true);
    expect(hits({ x: 4, y: 4 }, boxes)).to.equal(false);
    expect(hits({ x: 3, y: 5 }, boxes)).to.equal(false);
    expect(hits({ x: 1, y: 3 }, boxes)).to.equal(false);
  });

  it('counts a pixel nearer than the tolerance, in any direction', () => {
    expect(hits({ x: 6, y: 8 }, boxes, 5.01)).to.equal(true); // 3 to the right of x = 3, 4 below y = 4
    expect(hits({ x: 6, y: 8 }, boxes, 5)).to.equal(false); // exactly as far is too far
    expect(hits({ x: 0, y: 3 }, boxes, 3)).to.equal(true);
  });

  it('looks at every box; a map without a most salient pixel misses', () => {
    expect(hits({ x: 9, y: 9 }, [...boxes, box(9, 9, 10, 10)])).to.equal(true);
    expect(hits(undefined, boxes, 100)).to.equal(false);
    expect(hits({ x: 0, y: 0 }, [])).to.equal(false);
  });
});

describe('energyInside', () => {
  it('is the share of the sum inside', () => {
    expect(energyInside(Float32Array.of(1, 2, 3, 2), Uint8Array.of(0, 1, 1, 0))).to.equal(5 / 8);
  });

  it('is not defined for a map of zeros', () => {
    expect(energyInside(new Float32Array(2), Uint8Array.of(1, 0))).to.equal(null);
  });
});

describe('maskIoU', () => {
  it('is intersection over union', () => {
    expect(maskIoU(Uint8Array.of(1, 1, 0, 0), Uint8Array.of(0, 1, 1, 0))).to.equal(1 / 3);
    expect(maskIoU(Uint8Array.of(1, 0), Uint8Array.of(0, 1))).to.equal(0);
  });

  it('is not defined where both masks are empty', () => {
    expect(maskIoU(new Uint8Array(3), new Uint8Array(3))).to.equal(null);
    expect(aboveMean(new Float32Array(3).fill(1))).to.deep.equal(new Uint8Array(3));
  });

  it('masks what is above the mean', () => {
    expect([...aboveMean(Float32Array.of(0, 1, 2, 5))]).to.deep.equal([0, 0, 0, 1]);
  });
});

describe('boxes', () => {
  const view = { width: 10, height: 10 };

  it('moves and scales with the crop', () => {
    const crop = { left: 20, top: 10, width: 40, height: 20, flipped: false };
    expect(inView(box(28, 12, 36, 18), crop, view)).to.deep.equal(box(2, 1, 4, 4));
  });

  it('is mirrored with the view', () => {
    const crop = { left: 0, top: 0, width: 10, height: 10, flipped: true };
    expect(inView(box(1, 2, 4, 5), crop, view)).to.deep.equal(box(6, 2, 9, 5));
  });

  it('is cut at the edges of the view, and gone beyond them', () => {
    const crop = { left: 5, top: 0, width: 10, height: 10, flipped: false };
    expect(inView(box(0, 0, 7, 20), crop, view)).to.deep.equal(box(0, 0, 2, 10));
    expect(inView(box(0, 0, 5, 5), crop, view)).to.equal(undefined);
  });

  it('holds the pixels whose center is inside, one at least', () => {
    expect(wholePixels(box(1.5, 1.6, 3.5, 3.4))).to.deep.equal(box(1, 2, 3, 3));
    expect(wholePixels(box(1.6, 1.6, 1.7, 1.7))).to.deep.equal(box(2, 2, 3, 3));
  });

  it('unites as a mask', () => {
    expect([...rectanglesMask([box(0, 0, 2, 1), box(1, 0, 2, 2)], 3, 2)]).to.deep.equal([1, 1, 0, 0, 1, 0]);
  });
});
