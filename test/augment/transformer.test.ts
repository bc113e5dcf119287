import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { stage, stageOptions, type StageMethod } from '../../src/augment/index.js';
import { InvalidInput } from '../../src/errors.js';
import { architectureOf, classifier } from '../../src/models/index.js';
import { leftBehind } from '../explain/fake-classifier.js';
import { wave } from '../models/support.js';
import { cpuBackend } from '../backend.js';

function transformer() {
  const { architecture, config } = architectureOf('vit_small_patch14_reg4_dinov2');
  const tiny = { patch: 4, grid: 4, width: 8, depth: 2, heads: 2, hidden: 8, registers: 1 };
  return classifier(architecture.build({ ...config, ...tiny }, { classes: 3, seed: 2 }));
}

describe('the stage on a vision transformer', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  const options = (method: StageMethod) => stageOptions({ method, groups: 4, blur: { size: 5, sigma: 2 } });

  for (const method of ['group-cam', 'lafam', 'eigen-cam', 'recipro-cam', 'center', 'none'] as const) {
    it(`masks images with ${method} and leaves nothing behind`, () => {
      const network = transformer();
      const [x, labels] = [wave([2, 16, 16, 3]), tf.tensor1d([0, 2], 'int32')];
      const { images, mask, map } = stage(network, x, labels, options(method));
      expect([images.shape, mask.shape, map.shape]).to.deep.equal([
        [2, 16, 16, 3],
        [2, 16, 16],
        [2, 16, 16],
      ]);
      for (const tensor of [images, mask, map])
        expect(tensor.dataSync().every(Number.isFinite), method).to.equal(true);
      expect(leftBehind(() => ({ ...stage(network, x, labels, options(method)) }))).to.equal(0);
    });
  }

  it('refuses the CAM of the label, for which there is no pooling and one dense layer', () => {
    const labels = tf.tensor1d([0, 2], 'int32');
    expect(() => stage(transformer(), wave([2, 16, 16, 3]), labels, options('cam'))).to.throw(
      InvalidInput,
      'for a network without pooling and one linear layer behind blocks_1_grid, found "cam"',
    );
  });

  it('has next to nothing to see in the mean of channels behind a layer norm that has not learned', () => {
    // Of channels with mean 0 for each patch.
    const { map } = stage(transformer(), wave([2, 16, 16, 3]), null, options('lafam'));
    expect(Math.max(...map.dataSync().map(Math.abs))).to.be.below(1e-6);
  });
});
