import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { needsNative } from '../backend.js';
import { classifier, loadModel, normalize } from '../../src/models/index.js';
import { largestDifference, shared } from './support.js';

interface Reference {
  images: { file: string; logits: number[] }[];
}

const original = join(shared, 'weights/resnet50-imagenette.safetensors');
const shipped = new URL('../../checkpoints/resnet50-imagenette', import.meta.url).pathname;
const title = 'resnet50-imagenette (../shared/weights; skipped where they are missing)';

(existsSync(original) ? describe : describe.skip)(title, () => {
  let images: Reference['images'];

  before(needsNative);
  before(
    () => ({ images } = JSON.parse(readFileSync(join(shared, 'weights/logits.json'), 'utf8')) as Reference),
  );

  /** The logits of real photographs, one after the other. */
  const logitsOf = async (weights: string): Promise<number[][]> => {
    const { model, ...information } = await loadModel(weights);
    const network = classifier(model, information);
    const logits: number[][] = [];
    for (const { file } of images) {
      const { data, info } = await sharp(join(shared, '..', file))
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      const pixels = tf.tensor4d(new Int32Array(data), [1, info.height, info.width, 3]);
      const result = tf.tidy(() => network.logits(normalize(pixels, information.preprocessing)));
      logits.push([...(await result.data())]);
      tf.dispose([pixels, result]);
    }
    model.dispose();
    return logits;
  };
  const top = (logits: number[]) => logits.indexOf(Math.max(...logits));

  it('gives the logits that PyTorch gives', async () => {
    const found = await logitsOf(original);
    expect(found).to.have.length(8);
    const expected = images.flatMap(({ logits }) => logits);
    expect(largestDifference(found.flat(), expected)).to.be.below(2e-2);
  });

  it('decides the same after quantization', async () => {
    const found = await logitsOf(shipped);
    expect(found.map(top)).to.deep.equal(images.map(({ logits }) => top(logits)));
    const expected = images.flatMap(({ logits }) => logits);
    expect(largestDifference(found.flat(), expected)).to.be.below(0.5);
  });
});
