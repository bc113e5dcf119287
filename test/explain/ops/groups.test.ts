import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../../backend.js';
import {
  groupMasks,
  groupSizes,
  groupSums,
  upsample,
  type GroupMaskOptions,
} from '../../../src/explain/index.js';
import { leftBehind, values } from '../fake-classifier.js';
import { difference, goldens } from '../goldens.js';

describe('groupSizes', () => {
  it('splits evenly, the larger groups first', () => {
    expect(groupSizes(8, 4)).to.deep.equal([2, 2, 2, 2]);
    expect(groupSizes(10, 4)).to.deep.equal([3, 3, 2, 2]);
  });

  it('leaves groups beyond the channels empty', () => {
    expect(groupSizes(2, 4)).to.deep.equal([1, 1, 0, 0]);
  });

  it('fills groups one after the other as the published code does, and may need fewer', () => {
    expect(groupSizes(10, 4, 'full')).to.deep.equal([3, 3, 3, 1]);
    expect(groupSizes(9, 6, 'full')).to.deep.equal([2, 2, 2, 2, 1]);
    expect(groupSizes(2, 4, 'full')).to.deep.equal([1, 1]);
  });

  it('equals the golden sizes', function () {
    const set = goldens();
    if (!set) return this.skip();
    const entries = Object.entries(set.unit.groupSizes);
    expect(entries).to.not.be.empty;
    for (const [name, expected] of entries) {
      const [, channels, groups, chunked] = /^K=(\d+),G=(\d+)( \(chunk\))?$/.exec(name)!;
      expect(groupSizes(Number(channels), Number(groups), chunked ? 'full' : 'even'), name).to.deep.equal(
        expected,
      );
    }
  });
});

describe('groupSums', () => {
  before(cpuBackend);
  const activations = () =>
    tf.tensor4d([
      [
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
      ],
      [
        [
          [-1, -2, 1],
          [0, 1, 0],
        ],
      ],
    ]);

  it('adds the channels of each group and cuts below 0', () => {
    const sums = groupSums(activations(), null, [2, 1]);
    expect(sums.shape).to.deep.equal([2, 2, 1, 2]);
    expect(values(sums)).to.deep.equal([3, 9, 3, 6, 0, 1, 1, 0]);
  });

  it('weighs the channels, each image with its own weights', () => {
    const weights = tf.tensor2d([
      [1, 0, -1],
      [-1, 0, 2],
    ]);
    expect(values(groupSums(activations(), weights, [2, 1]))).to.deep.equal([1, 4, 0, 0, 1, 0, 2, 0]);
  });

  it('gives 0 for an empty group', () => {
    expect(values(groupSums(activations(), null, [3, 0])).slice(2, 4)).to.deep.equal([0, 0]);
  });
});

describe('groupMasks', () => {
  before(cpuBackend);
  const options: GroupMaskOptions = { theta: null, order: 'normalize-first', size: [1, 4], chunk: 32 };

  it('spans [0, 1] before upsampling, and is 0 for a constant group', () => {
    const activations = tf.tensor4d([
      [
        [
          [1, 5],
          [3, 5],
        ],
      ],
    ]);
    expect(values(groupMasks(activations, null, [1, 1], options))).to.deep.equal([0, 1, 0, 0]);
  });

  it('de-noises before it normalizes', () => {
    const activations = tf.tensor4d([[[[1], [2], [3], [5]]]]);
    expect(values(groupMasks(activations, null, [1], { ...options, theta: 50 }))).to.deep.equal([
      0, 0, 0.6000000238418579, 1,
    ]);
  });

  it('spans [0, 1] after upsampling where that comes first', () => {
    // [0, 8, 0, 0] at 8 pixels is 0, 2, 6, 6, 2, 0, 0, 0: no pixel falls on the small map's largest value.
    const activations = tf.tensor4d([
      [
        [
          [0, 5],
          [8, 5],
          [0, 5],
          [0, 5],
        ],
      ],
    ]);
    const size: [number, number] = [1, 8];
    const first = groupMasks(activations, null, [1, 1], { ...options, size });
    const last = groupMasks(activations, null, [1, 1], { ...options, order: 'upsample-first', size });
    expect(Math.max(...values(upsample(first, size)))).to.equal(0.75);
    const large = values(upsample(last, size));
    expect(difference(large, [0, 1 / 3, 1, 1, 1 / 3, 0, 0, 0, ...new Array<number>(8).fill(0)])).to.be.below(
      1e-6,
    );
  });

  it('does not depend on the chunk', () => {
    const activations = tf.randomUniform<tf.Rank.R4>([2, 3, 3, 6], 0, 1, 'float32', 4);
    const masks = (chunk: number) =>
      values(
        groupMasks(activations, null, [2, 1, 3], { theta: 70, order: 'upsample-first', size: [7, 5], chunk }),
      );
    expect(masks(1)).to.deep.equal(masks(32));
  });

  it('leaves no tensor behind', () => {
    const activations = tf.ones<tf.Rank.R4>([1, 2, 2, 4]);
    for (const order of ['normalize-first', 'upsample-first'] as const) {
      expect(
        leftBehind(() => groupMasks(activations, null, [2, 2], { ...options, theta: 70, order })),
      ).to.equal(0);
    }
  });
});
