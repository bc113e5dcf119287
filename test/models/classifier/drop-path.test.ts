import * as tf from '@tensorflow/tfjs-core';
import { layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { droppedBranch } from '../../../src/models/classifier/drop-path.js';
import { architectureOf, classifier } from '../../../src/models/index.js';
import { StochasticDepth } from '../../../src/models/layers/index.js';
import { largestDifference, values, wave } from '../support.js';
import { cpuBackend } from '../../backend.js';

describe('stochastic depth', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  const transformer = () => {
    const { architecture, config } = architectureOf('vit_tiny_patch16_224');
    const sizes = { patch: 4, grid: 2, width: 8, depth: 2, heads: 2, hidden: 8 };
    return architecture.build({ ...config, ...sizes }, { classes: 3, seed: 4 });
  };

  it('leaves a branch out for some images and makes up for it in the others', () => {
    const [stream, branch] = [tf.ones([64, 2, 2]), tf.fill([64, 2, 2], 3)];
    const [sum] = droppedBranch([stream, branch], { input: 1, share: 0.5 }, 0.5, ([x, y]) => [
      tf.add(x!, y!),
    ]);
    const found = values(sum!);
    // 1 without the branch, 1 + 3 / 0.75 with it; an image has one of the two.
    expect(new Set(found)).to.deep.equal(new Set([1, 5]));
    for (let image = 0; image < 64; image++)
      expect(new Set(found.slice(4 * image, 4 * image + 4)).size).to.equal(1);
  });

  it('takes from a transformer what its last blocks add, and nothing of the first', () => {
    const network = classifier(transformer());
    expect(network.dropsPaths).to.equal(true);
    const x = wave([2, 8, 8, 3]);
    const plain = values(network.logits(x));
    expect(largestDifference(values(network.trainingLogits(x, { dropPath: 0 })), plain)).to.be.below(1e-6);
    const dropped = values(network.trainingLogits(x, { dropPath: 1 - 1e-7 }));
    for (const name of ['blocks_1_attn_proj', 'blocks_1_fc2']) {
      const layer = network.model.getLayer(name);
      layer.setWeights(layer.getWeights().map((weight) => tf.zerosLike(weight)));
    }
    const without = values(network.logits(x));
    expect(largestDifference(dropped, without)).to.be.below(1e-6);
    expect(largestDifference(without, plain)).to.be.above(1e-3);
  });

  it('is that of the network’s own layers where it has them, at the rate that is asked for', () => {
    const image = layers.input({ shape: [4, 4, 3] });
    const branch = new StochasticDepth({ name: 'drop', rate: 0.1 });
    const y = branch.apply(layers.conv2d({ filters: 3, kernelSize: 1 }).apply(image)) as SymbolicTensor;
    const x = layers.globalAveragePooling2d({}).apply(layers.add().apply([image, y]));
    const network = classifier(model({ inputs: image, outputs: x as SymbolicTensor }));
    const images = wave([2, 4, 4, 3]);
    const mean = values(tf.mean(images, [1, 2]));
    expect(
      largestDifference(values(network.trainingLogits(images, { dropPath: 1 - 1e-7 })), mean),
    ).to.be.below(1e-6);
    const whole = values(network.logits(images));
    expect(largestDifference(values(network.trainingLogits(images, { dropPath: 0 })), whole)).to.be.below(
      1e-6,
    );
  });

  it('is refused where there is no branch', () => {
    const image = layers.input({ shape: [4, 4, 3] });
    const network = classifier(
      model({ inputs: image, outputs: layers.globalAveragePooling2d({}).apply(image) as SymbolicTensor }),
    );
    expect(() => network.trainingLogits(wave([1, 4, 4, 3]), { dropPath: 0.1 })).to.throw(
      /^model.dropPath: expected null where the network has neither the blocks of a transformer nor stochastic depth/,
    );
  });
});
