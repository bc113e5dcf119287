import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { cpuBackend } from '../../backend.js';
import { normalize, torchvisionPreprocessing } from '../../../src/models/index.js';
import { parsePreprocessing } from '../../../src/models/preprocessing.js';
import { largestDifference, values } from '../support.js';

describe('normalize', () => {
  before(cpuBackend);

  const pixel = () => tf.tensor4d([255, 0, 51], [1, 1, 1, 3], 'int32');

  it('scales, subtracts the mean and divides by the deviation of each channel', () => {
    const expected = [(1 - 0.485) / 0.229, (0 - 0.456) / 0.224, (0.2 - 0.406) / 0.225];
    const result = normalize(pixel(), torchvisionPreprocessing);
    expect(result.dtype).to.equal('float32');
    expect(largestDifference(values(result), expected)).to.be.below(1e-6);
  });

  it('turns RGB into BGR, with the numbers in that order', () => {
    const preprocessing = parsePreprocessing('bgr, 0..255, minus 103.939,116.779,123.68')!;
    const expected = [51 - 103.939, 0 - 116.779, 255 - 123.68];
    expect(largestDifference(values(normalize(pixel(), preprocessing)), expected)).to.be.below(1e-4);
  });

  it('leaves no tensor behind', () => {
    const image = pixel();
    const { numTensors } = tf.memory();
    normalize(image, torchvisionPreprocessing).dispose();
    expect(tf.memory().numTensors).to.equal(numTensors);
  });
});

describe('parsePreprocessing', () => {
  it('reads range, mean and deviation', () => {
    expect(parsePreprocessing('RGB, 0..1, minus 0.5, 0.4, 0.3, over 0.2,0.2,0.1')).to.deep.equal({
      ...{ resize: 224, crop: 224, interpolation: 'bilinear', channels: 'RGB', scale: 1 / 255 },
      ...{ mean: [0.5, 0.4, 0.3], std: [0.2, 0.2, 0.1] },
    });
  });

  it('does not guess', () => {
    expect(parsePreprocessing('as usual')).to.equal(undefined);
    expect(parsePreprocessing('rgb, 0..255, minus 1,2')).to.equal(undefined);
  });
});
