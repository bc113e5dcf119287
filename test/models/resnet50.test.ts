import * as tf from '@tensorflow/tfjs-core';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { cpuBackend } from '../backend.js';
import { classifier, resnet50 } from '../../src/models/index.js';
import { torchParameters } from '../../src/models/weights/index.js';
import { failure, largestDifference, values, wave } from './support.js';

const tiny = { classes: 3, blocks: [1, 1, 1, 1], width: 4, inputSize: 32 };

describe('resnet50', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  it('has the variables of torchvision’s, by name and shape', () => {
    const parameters = torchParameters(resnet50({ classes: 1000, initial: 'zeros' }));
    const count = parameters
      .filter(({ name }) => !name.includes('running'))
      .reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
    expect(count).to.equal(25_557_032);
    const shapes = Object.fromEntries(parameters.map(({ name, shape }) => [name, shape]));
    expect(Object.keys(shapes)).to.have.length(267);
    expect(shapes).to.deep.include({
      'conv1.weight': [64, 3, 7, 7],
      'bn1.running_var': [64],
      'layer1.0.downsample.0.weight': [256, 64, 1, 1],
      'layer2.3.conv2.weight': [128, 128, 3, 3],
      'layer4.2.bn3.bias': [2048],
      'fc.weight': [1000, 2048],
    });
  });

  it('halves the size where the layout says', () => {
    for (const [layout, expected] of [
      ['stride-in-3x3', [8, 4]],
      ['stride-in-1x1', [4, 4]],
    ] as const) {
      const net = resnet50({ ...tiny, layout });
      const sizes = ['layer2_0_conv1', 'layer2_0_conv2'].map(
        (name) => (net.getLayer(name).output as SymbolicTensor).shape[1],
      );
      expect(sizes).to.deep.equal(expected);
      expect((net.getLayer('layer4_0_relu').output as SymbolicTensor).shape).to.deep.equal([null, 1, 1, 128]);
    }
  });

  it('pads evenly on both sides, as PyTorch does: a mirrored image gives the mirrored activations', () => {
    const net = resnet50({ ...tiny, inputSize: 33 });
    for (const layer of net.layers.filter((each) => each.getClassName() === 'Conv2D')) {
      const [kernel] = layer.getWeights() as [tf.Tensor4D];
      layer.setWeights([tf.add(kernel, tf.reverse(kernel, [0, 1]))]);
    }
    const { activations } = classifier(net, { layer: 'layer2_0_relu' });
    const image = wave([1, 33, 33, 3]);
    const turned = values(tf.reverse(activations(tf.reverse(image, [1, 2])), [1, 2]));
    const straight = values(activations(image));
    expect(largestDifference(turned, straight)).to.be.below(1e-4 * Math.max(...straight));
    expect(Math.max(...straight)).to.be.above(0);
  });

  it('is initialized as He et al. say: a standard deviation of sqrt(2 / fan-out), the same for the same seed', () => {
    const weights = (seed: number) =>
      resnet50({ ...tiny, width: 32, seed })
        .getLayer('layer3_0_conv2')
        .getWeights()[0]!;
    const kernel = weights(1);
    const deviation = Math.sqrt(values(tf.moments(kernel).variance)[0]!);
    expect(deviation).to.be.closeTo(Math.sqrt(2 / (9 * 128)), 5e-4);
    expect(largestDifference(weights(1).dataSync(), kernel.dataSync())).to.equal(0);
    expect(largestDifference(weights(2).dataSync(), kernel.dataSync())).to.be.above(0.01);
  });

  it('starts with blocks that change nothing when asked (zero gamma)', () => {
    const net = resnet50({ ...tiny, zeroGamma: true });
    const gammas = net.layers
      .filter((layer) => layer.getClassName() === 'BatchNormalization')
      .map((layer) => [layer.name, layer.getWeights()[0]!.dataSync()[0]]);
    for (const [name, gamma] of gammas)
      expect([name, gamma]).to.deep.equal([name, String(name).endsWith('bn3') ? 0 : 1]);
  });

  it('takes images of any size when asked', () => {
    const seen = classifier(resnet50({ ...tiny, inputSize: null }));
    expect(seen.inputShape).to.deep.equal([null, null, 3]);
    expect(seen.layer).to.equal('layer4_0_relu');
    expect(seen.activations(wave([1, 64, 40, 3])).shape).to.deep.equal([1, 2, 2, 128]);
    expect(values(seen.logits(wave([1, 64, 40, 3]))).every(Number.isFinite)).to.equal(true);
  });

  it('refuses what it cannot build', async () => {
    expect(await failure(() => resnet50({ classes: 0 }))).to.equal(
      'classes: expected an integer from 1, found 0',
    );
    expect(await failure(() => resnet50({ classes: 2, inputSize: 8 }))).to.contain('inputSize');
    expect(await failure(() => resnet50({ classes: 2, layout: 'v2' as 'stride-in-3x3' }))).to.contain(
      'layout',
    );
  });
});
