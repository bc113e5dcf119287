import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../../backend.js';
import { blurMatrix, gaussianBlur, gaussianKernel } from '../../../src/explain/index.js';
import { leftBehind, values } from '../fake-classifier.js';
import { difference, goldens } from '../goldens.js';

/** Where a walker on a line of `length` pixels stands, who turns round at both ends. */
function bounce(position: number, length: number): number {
  let at = 0;
  let step = 1;
  for (let walked = 0; walked < Math.abs(position); walked++) {
    if (at + step < 0 || at + step >= length) step = -step;
    if (length > 1) at += step;
  }
  return at;
}

describe('gaussianKernel', () => {
  it('is a sampled Gaussian of sum 1', () => {
    const [left, middle, right] = gaussianKernel({ size: 3, sigma: 1 });
    expect(left).to.be.closeTo(Math.exp(-0.5) / (1 + 2 * Math.exp(-0.5)), 1e-15);
    expect(right).to.equal(left);
    expect(left! + middle! + right!).to.be.closeTo(1, 1e-15);
  });

  it('equals the golden kernel', function () {
    const set = goldens();
    if (!set) return this.skip();
    expect(difference(gaussianKernel({ size: 11, sigma: 5 }), set.unit.gaussianKernel_11_5)).to.be.below(
      1e-12,
    );
  });
});

describe('blurMatrix', () => {
  it('mirrors at the edge without repeating the edge pixel', () => {
    const [a, b] = gaussianKernel({ size: 3, sigma: 1 });
    const expected = [b!, 2 * a!, 0, a!, b!, a!, 0, 2 * a!, b!];
    expect(difference(blurMatrix(3, { size: 3, sigma: 1 }), expected)).to.be.below(1e-7);
  });

  it('is 1 for a line of one pixel', () => {
    expect(blurMatrix(1, { size: 51, sigma: 50 })[0]).to.be.closeTo(1, 1e-6);
  });

  it('mirrors again and again where the kernel is wider than the line', () => {
    const [length, size, sigma] = [10, 51, 50];
    const kernel = gaussianKernel({ size, sigma });
    const expected = new Array<number>(length * length).fill(0);
    for (let row = 0; row < length; row++) {
      for (let tap = 0; tap < size; tap++) {
        // A walk of |p| steps from pixel 0 ends at the mirror image of p, to the left as to the right.
        expected[row * length + bounce(row + tap - 25, length)]! += kernel[tap]!;
      }
    }
    expect(difference(blurMatrix(length, { size, sigma }), expected)).to.be.below(1e-6);
  });
});

describe('gaussianBlur', () => {
  before(cpuBackend);

  it('spreads a point along both axes, in its own image and channel', () => {
    const size = [2, 3, 5, 2] as const;
    const points = tf.buffer([...size]);
    points.set(1, 1, 1, 2, 0);
    const blurred = gaussianBlur(points.toTensor() as tf.Tensor4D, { size: 3, sigma: 1 });
    const found = blurred.arraySync();
    const [a, b] = gaussianKernel({ size: 3, sigma: 1 });
    expect(found[1]![1]!.map((pixel) => pixel[0]!)).to.satisfy(
      (row: number[]) => difference(row, [0, b! * a!, b! * b!, b! * a!, 0]) < 1e-7,
    );
    // Row 0 sees row 1 from both sides.
    expect(found[1]![0]![2]![0]).to.be.closeTo(2 * a! * b!, 1e-7);
    expect(found[0]!.flat(2).every((value) => value === 0)).to.equal(true);
    expect(found[1]!.flat().every((pixel) => pixel[1] === 0)).to.equal(true);
    blurred.dispose();
  });

  it('leaves a constant image as it is', () => {
    const blurred = values(gaussianBlur(tf.fill([1, 7, 9, 3], 0.25), { size: 51, sigma: 50 }));
    expect(difference(blurred, new Array<number>(7 * 9 * 3).fill(0.25))).to.be.below(1e-6);
  });

  it('leaves no tensor behind', () => {
    const image = tf.ones<tf.Rank.R4>([1, 4, 4, 3]);
    expect(leftBehind(() => gaussianBlur(image, { size: 3, sigma: 1 }))).to.equal(0);
    image.dispose();
  });

  it('refuses an even size and a sigma of 0', () => {
    const image = tf.ones<tf.Rank.R4>([1, 4, 4, 3]);
    expect(() => gaussianBlur(image, { size: 50, sigma: 1 })).to.throw('blur.size: expected an odd number');
    expect(() => gaussianBlur(image, { size: 5, sigma: 0 })).to.throw(
      'blur.sigma: expected a number above 0',
    );
    image.dispose();
  });
});
