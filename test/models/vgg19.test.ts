import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { cpuBackend } from '../backend.js';
import { classifier, vgg19 } from '../../src/models/index.js';
import { torchParameters } from '../../src/models/weights/index.js';
import { failure, largestDifference, values, wave } from './support.js';

describe('vgg19', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  it('has the variables of torchvision’s, by name and shape', () => {
    const shapes = torchParameters(vgg19({ classes: 10, hidden: 8, initial: 'zeros' })).map(
      ({ name, shape }) => [name, shape.join('×')],
    );
    expect(shapes).to.have.length(2 * 19);
    expect(Object.fromEntries(shapes)).to.deep.include({
      'features.0.weight': '64×3×3×3',
      'features.10.weight': '256×128×3×3',
      'features.34.weight': '512×512×3×3',
      'features.34.bias': '512',
      'classifier.0.weight': '8×25088',
      'classifier.3.bias': '8',
      'classifier.6.weight': '10×8',
    });
  });

  it('looks at the last convolution after its ReLU, before the pooling', () => {
    const seen = classifier(vgg19({ classes: 3, width: 1, hidden: 4, inputSize: 64 }));
    expect(seen.layer).to.equal('features_35');
    const activations = seen.activations(wave([1, 64, 64, 3]));
    expect(activations.shape).to.deep.equal([1, 4, 4, 8]);
    expect(Math.min(...activations.dataSync())).to.be.at.least(0);
    expect(
      largestDifference(values(seen.head(activations)), values(seen.logits(wave([1, 64, 64, 3])))),
    ).to.be.below(1e-6);
  });

  it('flattens channel by channel, as PyTorch does', () => {
    const net = vgg19({ classes: 1, width: 1, hidden: 4, inputSize: 64 });
    const pooled = wave([1, 2, 2, 8]);
    const turned = net.getLayer('channels_first').apply(pooled) as tf.Tensor;
    const rows = values(net.getLayer('flatten').apply(turned) as tf.Tensor);
    const given = pooled.dataSync();
    // [h][w][c] → position of channel 0 at all four places first
    expect(rows.slice(0, 4)).to.deep.equal([given[0], given[8], given[16], given[24]]);
  });

  it('refuses a size that pooling does not divide', async () => {
    expect(await failure(() => vgg19({ classes: 2, inputSize: 100 }))).to.contain('a multiple of 32');
  });
});
