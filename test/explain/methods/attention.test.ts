import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { attentionRollout, chefer, gradCam, legrad, methods } from '../../../src/explain/index.js';
import { InvalidInput } from '../../../src/errors.js';
import { classifier, loadModel, type Classifier } from '../../../src/models/index.js';
import { wave } from '../../models/support.js';
import { fakeClassifier, values } from '../fake-classifier.js';
import { difference } from '../goldens.js';
import { networks } from '../networks.js';
import { cpuBackend } from '../../backend.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const expected = JSON.parse(readFileSync(here('../fixtures/maps.json'), 'utf8')) as Record<
  'square' | 'wide',
  Record<string, number[]>
>;
const files = {
  square: here('../../models/networks/fixtures/timm-vit.safetensors'),
  wide: here('../fixtures/vit-wide.onnx'),
};
const sizes = { square: [16, 16], wide: [8, 12] } as const;
const target = [0, 2];

/** Attends as it is told to: one block, two heads, a class token and two patches; every logit is 1. */
function attending(heads: number[][][], gradients?: number[][][]): Classifier {
  const stacked = (each: number[][][]) => [tf.tensor4d([each])];
  return {
    ...fakeClassifier(),
    attention: {
      blocks: 1,
      prefix: 1,
      grid: [1, 2],
      reads: 'class',
      probabilities: () => stacked(heads),
      gradients: () => ({ probabilities: stacked(heads), gradients: stacked(gradients!) }),
      ownGradients: () => stacked(gradients!),
    },
  };
}

const image = () => tf.ones<tf.Rank.R4>([1, 2, 4, 3]);
const close = (found: tf.Tensor, wanted: number[]) =>
  expect(difference(values(found), wanted)).to.be.below(1e-6);

describe('methods of attention', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  const heads = [
    [[0.2, 0.8, 0], [0, 1, 0], [0, 0, 1]], // prettier-ignore
    [[0.4, 0.2, 0.4], [0, 1, 0], [0, 0, 1]], // prettier-ignore
  ];

  it('rollout is half of what the class token attends to, heads averaged', () => {
    close(attentionRollout(attending(heads), image()).raw, [0.25, 0.1]);
  });

  it('Chefer et al.: attention times gradient, what is below 0 left out before the mean of the heads', () => {
    const gradients = [
      [[9, 2, 9], [0, 0, 0], [0, 0, 0]], // prettier-ignore
      [[9, -5, 3], [0, 0, 0], [0, 0, 0]], // prettier-ignore
    ];
    close(chefer(attending(heads, gradients), image(), { target: 0 }).raw, [0.8, 0.6]);
  });

  it('LeGrad: gradients above 0, over heads and over all tokens that attend', () => {
    const gradients = [
      [[0, 6, -1], [0, 0, 3], [0, -6, 0]], // prettier-ignore
      [[0, 0, 0], [0, 6, 0], [0, 0, 9]], // prettier-ignore
    ];
    close(legrad(attending(heads, gradients), image(), { target: 0 }).raw, [2, 2]);
  });

  for (const name of ['square', 'wide'] as const) {
    it(`are those of PyTorch: ${name === 'square' ? 'registers, safetensors' : 'not square, ONNX'}`, async () => {
      const { model } = await loadModel(files[name]);
      const network = classifier(model);
      const x = wave([2, ...sizes[name], 3]);
      const { prefix, grid, blocks, reads } = network.attention!;
      const shape = name === 'square' ? [3, [4, 4]] : [1, [2, 3]];
      expect([prefix, grid, blocks, reads]).to.deep.equal([...shape, 2, 'class']);
      expect(difference(values(network.logits(x)), expected[name]['logits']!)).to.be.below(1e-4);
      for (const method of ['attention-rollout', 'chefer', 'legrad', 'grad-cam']) {
        const wanted = expected[name][method]!;
        const found = values(methods[method]!.run(network, x, { target }).raw);
        const largest = Math.max(...wanted);
        expect(largest, method).to.be.above(1e-4);
        expect(difference(found, wanted), method).to.be.below(1e-4 * largest);
      }
    });
  }

  it('LeGrad looks at the last blocks where it is asked to', async () => {
    const network = classifier((await loadModel(files.square)).model);
    const x = wave([1, 16, 16, 3]);
    const [all, last] = [null, 1].map((blocks) => values(legrad(network, x, { target: 1, blocks }).raw));
    expect(difference(all!, last!)).to.be.above(1e-4);
    expect(() => legrad(network, x, { blocks: 0 })).to.throw(
      InvalidInput,
      'blocks: expected an integer, 1 or more',
    );
  });

  it('say in one sentence that a network has no attention', () => {
    const network = networks['pooling and dense, not square']!();
    const x = tf.zeros<tf.Rank.R4>([1, 14, 10, 3]);
    for (const method of [attentionRollout, chefer, legrad]) {
      expect(() => method(network, x)).to.throw(
        InvalidInput,
        /^(attention-rollout|chefer|legrad): expected a vision transformer, whose blocks attend .*, found '\w+', which does not; grad-cam/,
      );
    }
  });
});

describe('the target layer of a transformer from ONNX', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  it('stands behind the norm also where attention is a layer', () => {
    const network = networks['a vision transformer, not square']!();
    expect(network.layer).to.match(/^layer_norm/);
    expect(network.activations(wave([1, 8, 12, 3])).shape).to.deep.equal([1, 2, 3, 8]);
  });

  it('is what its last block’s attention sees; another can be named', async () => {
    const { model } = await loadModel(files.wide);
    const network = classifier(model);
    expect(network.notes).to.deep.equal([]);
    expect([network.layer, network.bypassed, network.caution]).to.deep.equal([
      'blocks.1.norm1',
      true,
      undefined,
    ]);
    const x = wave([2, 8, 12, 3]);
    const { activations, bypass } = network.split!(x);
    expect(activations.shape).to.deep.equal([2, 2, 3, 8]);
    const logits = values(network.logits(x));
    expect(difference(values(network.head(activations, bypass)), logits)).to.be.below(1e-6);

    const first = classifier(model, { layer: 'blocks.0.norm1' });
    expect(first.layer).to.equal('blocks.0.norm1');
    const at = first.split!(x);
    expect(difference(values(first.head(at.activations, at.bypass)), logits)).to.be.below(1e-6);
    expect(difference(values(gradCam(first, x).raw), values(gradCam(network, x).raw))).to.be.above(1e-3);
    expect(() => classifier(model, { layer: 'head' })).to.throw(
      InvalidInput,
      'a layer with output [N, h, w, K]',
    );
  });
});
