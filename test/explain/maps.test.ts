import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../backend.js';
import { denoise, minMax, percentile, upsample } from '../../src/explain/index.js';
import { leftBehind, values } from './fake-classifier.js';
import { difference, goldens, npy } from './goldens.js';

describe('upsample', () => {
  before(cpuBackend);

  it('is bilinear with half-pixel centers and clamped edges', () => {
    expect(values(upsample(tf.tensor3d([[[0, 4]]]), [1, 4]))).to.deep.equal([0, 1, 3, 4]);
    expect(values(upsample(tf.tensor3d([[[0], [4]]]), [4, 1]))).to.deep.equal([0, 1, 3, 4]);
  });

  it('keeps leading dimensions and their maps apart', () => {
    const maps = tf.tensor4d([
      [[[1]], [[2]]],
      [[[3]], [[4]]],
    ]);
    const large = upsample(maps, [1, 2]);
    expect(large.shape).to.deep.equal([2, 2, 1, 2]);
    expect(values(large)).to.deep.equal([1, 1, 2, 2, 3, 3, 4, 4]);
  });

  it('equals the golden arrays', function () {
    const set = goldens();
    if (!set) return this.skip();
    const { resizeIn, resizeOut, upsampleIn, upsampleOut } = set.assets.unit;
    for (const [from, to] of [
      [resizeIn, resizeOut],
      [upsampleIn, upsampleOut],
    ] as const) {
      const [input, expected] = [npy(from), npy(to)];
      const map = tf.tensor2d(input.values, input.shape as [number, number]);
      expect(
        difference(values(upsample(map, expected.shape as [number, number])), expected.values),
      ).to.be.below(1e-6);
    }
  });
});

describe('minMax', () => {
  before(cpuBackend);

  it('scales each map by its own range', () => {
    const maps = tf.tensor3d([
      [
        [2, 4],
        [3, 2],
      ],
      [
        [-1, 0],
        [1, 3],
      ],
    ]);
    expect(values(minMax(maps))).to.deep.equal([0, 1, 0.5, 0, 0, 0.25, 0.5, 1]);
  });

  it('makes a constant map 0, beside one that is not', () => {
    expect(values(minMax(tf.tensor3d([[[5, 5]], [[0, 1]]])))).to.deep.equal([0, 0, 0, 1]);
  });

  it('has no epsilon: a tiny range becomes [0, 1] too', () => {
    expect(values(minMax(tf.tensor3d([[[0, 1e-20, 2e-20]]])))).to.deep.equal([0, 0.5, 1]);
  });
});

describe('percentile', () => {
  before(cpuBackend);

  it('interpolates between the two nearest values', () => {
    const maps = tf.tensor3d([
      [
        [4, 1],
        [3, 2],
      ],
      [
        [0, 0],
        [10, 0],
      ],
    ]);
    // Position 0.7 · 3 = 2.1: a tenth of the way from the third to the fourth value.
    expect(difference(values(percentile(maps, 70)), [3.1, 1])).to.be.below(1e-6);
  });

  it('is the least and the largest value at 0 and 100', () => {
    const map = tf.tensor3d([
      [
        [4, 1],
        [3, 2],
      ],
    ]);
    expect(values(percentile(map, 0))).to.deep.equal([1]);
    expect(values(percentile(map, 100))).to.deep.equal([4]);
    expect(values(percentile(tf.tensor3d([[[7]]]), 70))).to.deep.equal([7]);
  });

  it('equals the golden value, and what denoise keeps above it', function () {
    const set = goldens();
    if (!set) return this.skip();
    const { values: list, theta, result, kept_if_greater: kept } = set.unit.percentile;
    const map = tf.tensor3d([[list]]);
    expect(values(percentile(map, theta))[0]).to.be.closeTo(result, 1e-6);
    expect(difference(values(denoise(map, theta)), kept)).to.be.below(1e-6);
  });

  it('refuses what is no percentile', () => {
    expect(() => percentile(tf.ones([1, 1, 1]), 101)).to.throw(
      'theta: expected a percentile from 0 to 100, found 101',
    );
  });

  it('leaves no tensor behind', () => {
    const maps = tf.ones([2, 3, 3]);
    expect(leftBehind(() => percentile(maps, 70))).to.equal(0);
    maps.dispose();
  });
});

describe('denoise', () => {
  before(cpuBackend);

  it('keeps what is strictly above the percentile of its own map', () => {
    const maps = tf.tensor3d([
      [
        [4, 1],
        [3, 2],
      ],
      [
        [1, 1],
        [1, 1],
      ],
    ]);
    expect(values(denoise(maps, 50))).to.deep.equal([4, 0, 3, 0, 0, 0, 0, 0]);
  });
});
