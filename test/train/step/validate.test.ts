import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { Readable } from 'node:stream';
import { needsNative } from '../../backend.js';
import type { Batch } from '../../../src/data/index.js';
import { validator } from '../../../src/train/index.js';
import { tensorCounts } from '../support/tensors.js';
import { batchOf, identity, smallest } from '../support/networks.js';

const plain = (value: number): number[] => Array<number>(12).fill(value);

describe('validator', () => {
  before(needsNative);

  it('weighs every image the same, in a short last batch too', async () => {
    // Six classes; the logits are the bias alone, for every image: log of 1, 2, 4, 8, 16, 32 sixty-thirds.
    const network = smallest([0, 1, 2].map(() => Array<number>(6).fill(0)), [0, 1, 2, 3, 4, 5].map((n) => n * Math.log(2))); // prettier-ignore
    const measure = validator(network, identity, 'float32');
    const batches: Batch[] = [
      batchOf([plain(1), plain(2), plain(3)], [5, 5, 4]),
      // Alone, and the only one that is wrong by far: as a mean of batches it would weigh three times as much.
      batchOf([plain(4)], [0]),
    ];
    const seen: number[] = [];
    const found = await measure.run(Readable.from(batches), (images) => seen.push(images));
    const loss = (share: number) => -Math.log(share / 63);
    expect(found.images).to.equal(4);
    expect(found.loss).to.be.closeTo((loss(32) + loss(32) + loss(16) + loss(1)) / 4, 1e-6);
    expect(found.top1).to.equal(2 / 4);
    expect(found.top5).to.equal(3 / 4);
    expect(seen).to.deep.equal([3, 4]);

    // The same measurement goes with the weights of the moment, and leaves no tensor behind.
    const before = tensorCounts();
    const [kernel, bias] = network.model.getLayer('head').getWeights();
    tf.tidy(() => network.model.getLayer('head').setWeights([kernel!, tf.neg(bias!)]));
    expect((await measure.run(Readable.from(batches))).top1).to.equal(1 / 4);
    expect(tensorCounts()).to.deep.equal(before);
    measure.dispose();
    network.model.dispose();
  });
});
