import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../../backend.js';
import { lafam } from '../../../src/explain/index.js';
import { fakeClassifier, leftBehind, values } from '../fake-classifier.js';

describe('lafam', () => {
  before(cpuBackend);
  // 1 image, 2×1 positions, 2 channels
  const classifier = fakeClassifier({ activations: [[[[1, 3]], [[5, 7]]]] });
  const image = () => tf.zeros<tf.Rank.R4>([1, 4, 1, 3]);

  it('averages the channels of the target layer', () => {
    expect(values(lafam(classifier, image()).raw)).to.deep.equal([2, 6]);
  });

  it('brings the map to the size of the images and to [0, 1]', () => {
    const { map } = lafam(classifier, image());
    expect(map.shape).to.deep.equal([1, 4, 1]);
    expect(values(map)).to.deep.equal([0, 0.25, 0.75, 1]);
  });

  it('leaves no tensor behind', () => {
    const given = image();
    expect(leftBehind(() => lafam(classifier, given))).to.equal(0);
    given.dispose();
  });
});
