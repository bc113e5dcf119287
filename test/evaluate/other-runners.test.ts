import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../backend.js';
import {
  confidenceDrop,
  groupCamAblations,
  insertionDeletion,
  maxSensitivity,
  road,
  runningTime,
  type SaliencyMethod,
} from '../../src/evaluate/index.js';
import { errorOf } from '../data/folder.js';
import {
  brightness,
  constant,
  controlNames,
  noiseBatches,
  preprocessing,
  smallClassifier,
} from './support.js';

const given = (methods: SaliencyMethod[], images = 2, classifier = smallClassifier()) => ({
  classifier,
  preprocessing,
  methods,
  batches: noiseBatches(images, 2),
});

/** The whole image is salient, beside its first pixel. */
const everywhere: SaliencyMethod = {
  name: 'everywhere',
  run: (images) => {
    const [count, height, width] = images.shape;
    const maps = new Float32Array(count * height * width).fill(1);
    for (let image = 0; image < count; image++) maps[image * height * width] = 0;
    return tf.tensor3d(maps, [count, height, width]);
  },
};

describe('confidenceDrop', () => {
  before(cpuBackend);

  it('finds hardly a drop where the map keeps the image', async () => {
    const { methods, images } = await confidenceDrop(given([everywhere, constant]));
    expect(images).to.equal(2);
    expect(methods.everywhere!.drop!.mean).to.be.below(1e-3);
    expect(methods.constant!.drop!.mean).to.be.above(methods.everywhere!.drop!.mean);
    expect(Object.keys(methods)).to.deep.equal(['everywhere', 'constant', ...controlNames]);
  });
});

describe('maxSensitivity', () => {
  before(cpuBackend);

  it('is 0 for maps that ignore the image, more the more noise there is, and null for constant maps', async () => {
    const run = (radius: number) => maxSensitivity({ ...given([brightness, constant]), samples: 2, radius });
    const [little, much] = [await run(0.01), await run(0.1)];
    expect(little.methods['center-gaussian']!.maxSensitivity!.mean).to.equal(0);
    expect(little.methods.brightness!.maxSensitivity!.mean).to.be.above(0);
    expect(much.methods.brightness!.maxSensitivity!.mean).to.be.above(
      3 * little.methods.brightness!.maxSensitivity!.mean,
    );
    expect(little.methods.constant!.maxSensitivity).to.equal(null);
  });

  it('refuses no noise', async () => {
    expect((await errorOf(maxSensitivity({ ...given([]), radius: 0 }))).message).to.include(
      'radius: expected',
    );
  });
});

describe('road', () => {
  before(cpuBackend);

  it('removes the most relevant first, and the least relevant first', async () => {
    const classifier = smallClassifier();
    const before = tf.memory().numTensors;
    const report = await road({ ...given([brightness], 2, classifier), shares: [0.2, 0.6] });
    expect(tf.memory().numTensors).to.equal(before);
    const { mostRelevantFirst, leastRelevantFirst, difference } = report.methods.brightness!;
    expect(difference!.mean).to.be.closeTo(leastRelevantFirst!.mean - mostRelevantFirst!.mean, 1e-9);
    expect(difference!.mean).to.not.equal(0);
    const { mostRelevant, shares } = report.curves.brightness!;
    expect(shares).to.deep.equal([0.2, 0.6]);
    expect((mostRelevant[0]! + mostRelevant[1]!) / 2).to.be.closeTo(mostRelevantFirst!.mean, 1e-9);
  });

  it('refuses to remove everything', async () => {
    expect((await errorOf(road({ ...given([]), shares: [0.5, 1] }))).message).to.equal(
      'shares: expected numbers above 0 and below 1, found 1',
    );
  });
});

describe('runningTime', () => {
  before(cpuBackend);

  it('measures milliseconds an image, after a warm-up', async () => {
    let runs = 0;
    const slow: SaliencyMethod = {
      name: 'slow',
      run: async (images, target, files) => {
        await new Promise((resolve) => setTimeout(resolve, runs++ === 0 ? 3000 : 20));
        return brightness.run(images, target, files);
      },
    };
    const { methods } = await runningTime(given([slow], 4));
    expect(runs).to.equal(3);
    expect(methods.slow!.milliseconds!.mean).to.be.within(9, 1400);
  });
});

describe('groupCamAblations', () => {
  before(cpuBackend);

  it('gives a method for each setting, ready for insertion and deletion', async () => {
    const classifier = smallClassifier();
    const methods = groupCamAblations(classifier, { groups: [1, 6], theta: [50] });
    const { methods: figures } = await insertionDeletion(given(methods, 2, classifier));
    expect(Object.keys(figures)).to.deep.equal(['groups=1', 'groups=6', 'theta=50', ...controlNames]);
  });
});
