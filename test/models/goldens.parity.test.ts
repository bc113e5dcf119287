import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { join } from 'node:path';
import { cpuBackend } from '../backend.js';
import { classifier, loadModel } from '../../src/models/index.js';
import { goldenImages, goldens, npy } from '../explain/goldens.js';
import { largestDifference, shared, values } from './support.js';

const set = goldens();

(set ? describe : describe.skip)('golden networks (../shared/goldens; skipped where it is missing)', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  for (const [net, { model: path, targetLayer }] of Object.entries(set?.nets ?? {})) {
    it(`${net} gives the golden logits and activations, and its head the logits of its activations`, async () => {
      const { model } = await loadModel(join(shared, 'goldens', path));
      const seen = classifier(model);
      expect(seen.layer).to.equal(targetLayer);
      const golden = set!.images.filter((image) => image.net === net);
      expect(golden).to.have.length(4);
      const images = await goldenImages(golden.map(({ file }) => file));
      const logits = seen.logits(images);
      const expected = golden.flatMap((image) => image.logits);
      expect(largestDifference(logits.dataSync(), expected)).to.be.below(1e-5);
      const probabilities = values(seen.probabilities(logits));
      expect(
        largestDifference(
          probabilities,
          golden.flatMap(({ softmax }) => softmax),
        ),
      ).to.be.below(1e-5);
      const activations = seen.activations(images);
      const files = golden.flatMap((image) => npy(image.activations).values);
      expect(largestDifference(activations.dataSync(), files)).to.be.below(1e-4);
      expect(largestDifference(values(seen.head(activations)), expected)).to.be.below(1e-5);
    });
  }
});
