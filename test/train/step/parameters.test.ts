import type { LayersModel } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { needsNative } from '../../backend.js';
import { InvalidInput } from '../../../src/errors.js';
import { architectureOf, loadModel } from '../../../src/models/index.js';
import { parametersOf } from '../../../src/train/index.js';
import { tinyResNet } from '../support/scene.js';

const everything = { freeze: [], freezeNorm: false, decayNormAndBias: true, headFactor: 1 };

describe('parametersOf', () => {
  before(needsNative);
  const given = (options: Partial<Parameters<typeof parametersOf>[1]> = {}) => {
    const model = tinyResNet(3);
    try {
      const { trained, frozen } = parametersOf(model, { ...everything, ...options });
      return { trained, frozen, names: trained.map(({ name }) => name) };
    } finally {
      model.dispose();
    }
  };

  it('takes every kernel, scale, shift and bias, and no running statistic', () => {
    const { names, trained } = given();
    expect(names).to.include.members(['conv1/kernel', 'bn1/gamma', 'bn1/beta', 'fc/kernel', 'fc/bias']);
    expect(names.filter((name) => /moving/.test(name))).to.deep.equal([]);
    // conv1 and three in each of two blocks and their shortcuts, the same number of norms with two each, the head.
    expect(names).to.have.length(9 + 2 * 9 + 2);
    expect(trained.every(({ decays, factor }) => decays && factor === 1)).to.equal(true);
  });

  it('leaves norm and bias without decay when asked', () => {
    const { trained } = given({ decayNormAndBias: false });
    const decaying = trained.filter(({ decays }) => decays).map(({ name }) => name.split('/')[1]);
    expect(new Set(decaying)).to.deep.equal(new Set(['kernel']));
    expect(decaying).to.have.length(9 + 1);
  });

  it('gives the last layer its own learning rate', () => {
    const fast = given({ headFactor: 10 }).trained.filter(({ factor }) => factor === 10);
    expect(fast.map(({ name }) => name)).to.deep.equal(['fc/kernel', 'fc/bias']);
  });

  it('multiplies the learning rates of all patterns that match a layer', () => {
    const { trained } = given({
      headFactor: 2,
      layerFactors: { 'layer?_0_conv1': 0.5, 'layer1*': 0.1, fc: 10 },
    });
    const factorOf = (name: string) => trained.find((parameter) => parameter.name === name)!.factor;
    const names = ['conv1', 'layer1_0_conv1', 'layer1_0_conv2', 'layer2_0_conv1', 'fc'];
    expect(names.map((name) => factorOf(`${name}/kernel`))).to.deep.equal([1, 0.05, 0.1, 0.5, 20]);
  });

  it('lets learning rates fall with the depth of a transformer’s blocks, as BEiT does', async () => {
    const { architecture, config } = architectureOf('vit_tiny_patch16_224');
    const sizes = { patch: 4, grid: 2, width: 8, depth: 3, heads: 2, hidden: 8 };
    const fixture = new URL('../../explain/fixtures/vit-wide.onnx', import.meta.url).pathname;
    const built = architecture.build({ ...config, ...sizes }, { classes: 3 });
    const { model: read } = await loadModel(fixture);
    const factors = (model: LayersModel, headFactor = 1): Record<string, number> => {
      const { trained } = parametersOf(model, { ...everything, headFactor, layerDecay: 0.5 });
      return Object.fromEntries(trained.map(({ layer, factor }) => [layer, factor]));
    };
    try {
      const ours = factors(built, 4);
      expect(ours).to.include({ patch: 1 / 16, token: 1 / 16, position: 1 / 16, norm: 1, head: 4 });
      expect(ours).to.include({ blocks_0_attn_qkv: 1 / 8, blocks_1_norm2: 1 / 4, blocks_2_fc2: 1 / 2 });
      const onnx = factors(read);
      expect(onnx).to.include({ 'patch_embed.proj': 1 / 8, pos_embed: 1 / 8, 'blocks.0.norm1': 1 / 4 });
      expect(onnx).to.include({ 'blocks.1.mlp.fc2': 1 / 2, norm: 1, head: 1 });
    } finally {
      built.dispose();
      read.dispose();
    }
    expect(() => given({ layerDecay: 0.75 })).to.throw(
      InvalidInput,
      /^optimizer.layerDecay: expected null for '.*', which is no vision transformer, found 0.75; optimizer.layerFactors/,
    );
  });

  it('leaves tokens and positions without decay as well as norms', () => {
    const { architecture, config } = architectureOf('vit_tiny_patch16_224');
    const sizes = { patch: 4, grid: 2, width: 8, depth: 1, heads: 2, hidden: 8 };
    const model = architecture.build({ ...config, ...sizes }, { classes: 3 });
    const { trained } = parametersOf(model, { ...everything, decayNormAndBias: false });
    const decaying = trained.filter(({ decays }) => decays).map(({ name }) => name.split('/')[1]);
    expect(new Set(decaying)).to.deep.equal(new Set(['kernel']));
    model.dispose();
  });

  it('freezes what a pattern matches from its first to its last letter', () => {
    const { names, frozen } = given({ freeze: ['conv1', 'layer1*'] });
    expect(names).to.not.include('conv1/kernel');
    expect(names.filter((name) => name.startsWith('layer1'))).to.deep.equal([]);
    // conv1 does not mean layer2_0_conv1.
    expect(names).to.include('layer2_0_conv1/kernel');
    expect([frozen('conv1'), frozen('layer1_0_bn2'), frozen('bn1')]).to.deep.equal([true, true, false]);
  });

  it('freezes every norm with freezeNorm', () => {
    const { names, frozen } = given({ freezeNorm: true });
    expect(names.filter((name) => /bn|downsample_1/.test(name))).to.deep.equal([]);
    expect([frozen('bn1'), frozen('layer2_0_downsample_1'), frozen('conv1')]).to.deep.equal([
      true,
      true,
      false,
    ]);
  });

  it('keeps a layer frozen that came frozen', () => {
    const model = tinyResNet(3);
    model.getLayer('bn1').trainable = false;
    const { trained, frozen } = parametersOf(model, everything);
    expect(trained.map(({ layer }) => layer)).to.not.include('bn1');
    expect(frozen('bn1')).to.equal(true);
    model.dispose();
  });

  it('refuses a pattern that matches nothing, and one that leaves nothing', () => {
    expect(() => given({ freeze: ['layer1*', 'layer9*'] })).to.throw(
      'model.freeze: expected patterns that match layers with weights, found "layer9*"; the first are conv1, bn1',
    );
    expect(() => given({ layerFactors: { 'head*': 10 } })).to.throw(
      'optimizer.layerFactors: expected patterns that match layers with weights, found "head*"; the first are',
    );
    expect(() => given({ freeze: ['*'] })).to.throw(
      'model.freeze: expected patterns that leave a layer to train',
    );
  });
});
