import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../backend.js';
import {
  randomizeLayer,
  sanityChecks,
  weightedLayers,
  type SaliencyMethod,
  type SanityOptions,
} from '../../src/evaluate/index.js';
import { lafam } from '../../src/explain/index.js';
import type { Classifier } from '../../src/models/index.js';
import { errorOf } from '../data/folder.js';
import {
  brightness,
  constant,
  controlNames,
  noiseBatches,
  preprocessing,
  smallClassifier,
} from './support.js';

function weights({ model }: Classifier): number[][] {
  return model.getWeights().map((weight) => [...weight.dataSync()]);
}

function check(classifier: Classifier, methods: SaliencyMethod[], options: Partial<SanityOptions> = {}) {
  return sanityChecks({ classifier, preprocessing, batches: noiseBatches(3, 2), methods, ...options });
}

describe('weightedLayers', () => {
  it('goes from the output to the input, and passes over layers without weights', () => {
    expect(weightedLayers(smallClassifier().model).map(({ name }) => name)).to.deep.equal([
      'logits',
      'second',
      'first',
    ]);
  });
});

describe('randomizeLayer', () => {
  before(cpuBackend);

  it('moves the values of each weight about, the same way for the same seed', () => {
    const moved = (seed: number) => {
      const classifier = smallClassifier();
      const layer = weightedLayers(classifier.model)[1]!;
      const before = weights(classifier);
      randomizeLayer(layer, seed);
      return { before, after: weights(classifier) };
    };
    const { before, after } = moved(1);
    expect(after[2]).to.not.deep.equal(before[2]);
    expect([...after[2]!].sort()).to.deep.equal([...before[2]!].sort());
    expect([after[0], after[4]]).to.deep.equal([before[0], before[4]]);
    expect(moved(1).after).to.deep.equal(after);
    expect(moved(2).after).to.not.deep.equal(after);
  });
});

describe('sanityChecks', () => {
  before(cpuBackend);

  it('finds that a map of the network changes with its layers, and an edge detector’s does not', async () => {
    const classifier = smallClassifier();
    const ofNetwork: SaliencyMethod = {
      name: 'lafam',
      run: (images) => {
        const { map, raw } = lafam(classifier, images);
        raw.dispose();
        return map;
      },
    };
    const { methods } = await check(classifier, [ofNetwork, brightness]);
    for (const randomization of ['cascading', 'independent'] as const) {
      const layers = methods.lafam![randomization]!;
      expect(Object.keys(layers)).to.deep.equal(['logits', 'second', 'first']);
      // LaFAM looks at the layer before the logits.
      expect(layers.logits!.spearman!.mean).to.be.closeTo(1, 1e-9);
      expect(layers.second!.spearman!.mean).to.be.below(0.95);
      expect(layers.first!.ssim!.mean).to.be.below(0.95);
      for (const figures of Object.values(methods.brightness![randomization]!)) {
        expect(figures.spearman!.mean).to.be.closeTo(1, 1e-9);
        expect(figures.hog!.mean).to.be.closeTo(1, 1e-9);
      }
    }
    // The cascade's last network has other weights in all layers, the independent one's in the first alone.
    expect(methods.lafam!.cascading!.first).to.not.deep.equal(methods.lafam!.independent!.first);
    expect(methods.lafam!.cascading!.logits).to.deep.equal(methods.lafam!.independent!.logits);
    // Unrelated maps at every layer.
    expect(Math.abs(methods.random!.cascading!.logits!.spearman!.mean)).to.be.below(0.1);
    expect(Object.keys(methods)).to.deep.equal(['lafam', 'brightness', ...controlNames]);
  });

  it('gives the weights back, also when a method fails', async () => {
    const classifier = smallClassifier();
    const before = weights(classifier);
    await check(classifier, [brightness]);
    expect(weights(classifier)).to.deep.equal(before);
    let calls = 0;
    const failing: SaliencyMethod = {
      name: 'failing',
      run: (images, target, files) => {
        if (calls++ > 1) throw new Error('out of luck');
        return brightness.run(images, target, files);
      },
    };
    expect((await errorOf(check(classifier, [failing]))).message).to.equal('out of luck');
    expect(weights(classifier)).to.deep.equal(before);
  });

  it('compares at as many layers as asked for, spread over the network', async () => {
    const { methods, protocol } = await check(smallClassifier(), [constant], {
      stops: 2,
      randomizations: ['cascading'],
    });
    expect(protocol.layers).to.deep.equal(['logits', 'first']);
    expect(Object.keys(methods.constant!)).to.deep.equal(['cascading']);
  });

  it('says null, not NaN, for constant maps', async () => {
    const { methods } = await check(smallClassifier(), [constant], { stops: 1 });
    expect(methods.constant!.cascading!.logits).to.deep.include({ spearman: null, hog: null, maskIoU: null });
    expect(methods.constant!.cascading!.logits!.ssim!.mean).to.equal(1);
  });

  it('says over how many images a mean is where some maps are constant', async () => {
    const some: SaliencyMethod = {
      name: 'some',
      run: (images, target, files) =>
        files.some((file) => file.startsWith('2.png'))
          ? constant.run(images, target, files)
          : brightness.run(images, target, files),
    };
    const { methods, images } = await check(smallClassifier(), [some, brightness], { stops: 1 });
    expect(images).to.equal(3);
    expect(methods.some!.cascading!.logits!.spearman).to.include({ n: 2 });
    expect(methods.some!.cascading!.logits!.ssim).to.not.have.property('n');
    expect(methods.brightness!.cascading!.logits!.spearman).to.not.have.property('n');
  });

  it('leaves no tensor behind', async () => {
    const classifier = smallClassifier();
    const before = tf.memory().numTensors;
    await check(classifier, [brightness]);
    expect(tf.memory().numTensors).to.equal(before);
  });
});
