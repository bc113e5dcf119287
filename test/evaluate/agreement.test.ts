import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../backend.js';
import { agreement, type SaliencyMethod } from '../../src/evaluate/index.js';
import {
  brightness,
  constant,
  controlNames,
  noiseBatches,
  preprocessing,
  smallClassifier,
} from './support.js';

describe('agreement', () => {
  before(cpuBackend);

  /** Everything that brightness finds, the other way round. */
  const darkness: SaliencyMethod = {
    name: 'darkness',
    run: async (images, target, files) => {
      const map = await brightness.run(images, target, files);
      const turned = tf.neg<tf.Tensor3D>(map);
      map.dispose();
      return turned;
    },
  };
  const run = (images: number) =>
    agreement({
      classifier: smallClassifier(),
      preprocessing,
      methods: [brightness, { ...brightness, name: 'twin' }, darkness, constant],
      batches: noiseBatches(images, 2),
    });

  it('is 1 for equal maps, the opposite for inverted ones, chance for controls', async () => {
    const { methods, images, protocol } = await run(5);
    expect(images).to.equal(5);
    expect(protocol.metric).to.equal('agreement');
    const { maskIoU, maskIoU10, spearman } = methods['brightness']!;
    expect(Object.keys(maskIoU)).to.deep.equal([
      'brightness',
      'twin',
      'darkness',
      'constant',
      ...controlNames,
    ]);
    expect([maskIoU['twin']!.mean, maskIoU10['twin']!.mean, spearman['twin']!.mean]).to.deep.equal([1, 1, 1]);
    expect(maskIoU['darkness']!.mean).to.equal(0);
    expect(spearman['darkness']!.mean).to.be.closeTo(-1, 1e-6);
    // Two independent halves share a quarter of the pixels of three.
    expect(maskIoU['random']!.mean).to.be.closeTo(1 / 3, 0.05);
    expect(spearman['random']!.mean).to.be.closeTo(0, 0.1);
    expect(maskIoU10['random']!.mean).to.be.at.most(maskIoU['random']!.mean);
  });

  it('says the same of both sides, and null of a constant map and of itself', async () => {
    const { methods } = await run(2);
    expect(methods['random']!.spearman['brightness']).to.deep.equal(
      methods['brightness']!.spearman['random'],
    );
    expect(methods['constant']!.spearman['brightness']).to.equal(null);
    expect(methods['constant']!.maskIoU['brightness']!.mean).to.equal(0);
    expect(methods['brightness']!.maskIoU['brightness']).to.equal(null);
  });
});
