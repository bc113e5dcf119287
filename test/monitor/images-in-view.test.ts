import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { imagesInView, sampling, viewOf, views, type Line } from '../../src/monitor/floor/index.js';
import { random } from '../../src/random.js';
import { cpuBackend } from '../backend.js';

describe('imagesInView', () => {
  before(cpuBackend);

  it('shows what viewOf shows, up to its rounding', () => {
    const [width, height] = [20, 33];
    const next = random(5);
    const image = Uint8Array.from({ length: width * height * 3 }, () => Math.floor(256 * next()));
    const onDevice = ({ low, high, share }: Line) => ({
      low: tf.tensor1d(low, 'int32'),
      high: tf.tensor1d(high, 'int32'),
      share: tf.tensor1d(share),
    });
    for (const view of views) {
      const { rows, columns } = sampling(width, height, view);
      const found = tf.tidy(() =>
        imagesInView(
          tf.tensor4d(Float32Array.from(image), [1, height, width, 3]),
          onDevice(rows),
          onDevice(columns),
        ).dataSync<'float32'>(),
      );
      const expected = viewOf(image, width, height, view);
      const apart = found.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0);
      expect(apart, view.name).to.be.at.most(0.5001);
      expect(new Set(expected).size, view.name).to.be.above(100);
    }
  });
});
