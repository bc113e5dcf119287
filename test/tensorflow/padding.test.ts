import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { compile } from '../../src/tensorflow/index.js';
import { needsNative } from '../backend.js';
import { UNIT } from './low-precision.js';
import { difference, flatMemory, positive, wave } from './support.js';

type Images = tf.Tensor4D;
type Paddings = [number, number][];

const EDGES: Record<string, Paddings> = {
  'one place on all sides': [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ],
  'sides that differ': [
    [0, 0],
    [0, 2],
    [1, 0],
    [0, 0],
  ],
  'of images and channels too': [
    [1, 0],
    [1, 1],
    [0, 1],
    [2, 1],
  ],
  nothing: [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, 0],
  ],
};

describe('convolutions of padded images', () => {
  before(needsNative);
  const owned = flatMemory();

  for (const [name, paddings] of Object.entries(EDGES)) {
    for (const [filling, strides] of [
      [0, 1],
      [0, 2],
      [0.5, 2],
    ] as const) {
      it(`${name}, filled with ${filling}, stride ${strides}: what eager execution gives`, () => {
        const x = owned(wave([2, 7, 8, 6], 1)) as Images;
        const channels = 6 + paddings[3]![0] + paddings[3]![1];
        const filter = owned(wave([3, 3, channels, 8], 2)) as Images;
        const statistics = [3, 4, 5].map((seed) => owned(positive([8], seed)) as tf.Tensor1D);
        const fn = (x: Images, filter: Images, ...[mean, variance, scale]: tf.Tensor1D[]): tf.Tensor[] =>
          tf.tidy(() => {
            const y = tf.conv2d(tf.pad(x, paddings, filling), filter, strides, 'valid');
            const loss = (x: tf.Tensor): tf.Tensor =>
              tf.sum(tf.square(tf.conv2d(tf.pad(x as Images, paddings, filling), filter, strides, 'valid')));
            return [y, tf.relu(tf.batchNorm(y, mean!, variance!, undefined, scale, 1e-3)), tf.grad(loss)(x)];
          });
        const expected = fn(x, filter, ...statistics).map(owned);
        owned(compile(fn))(x, filter, ...statistics).forEach((found, index) => {
          expect(difference(owned(found), expected[index]!), String(index)).to.be.below(2e-6);
        });
        const low = owned(compile(fn, { precision: 'bfloat16' }));
        low(x, filter, ...statistics).forEach((found, index) => {
          expect(difference(owned(found), expected[index]!), String(index)).to.be.below(8 * UNIT.bfloat16);
        });
      });
    }
  }
});
