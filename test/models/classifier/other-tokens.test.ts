import * as tf from '@tensorflow/tfjs-core';
import { input, layers, model as layersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { gradCam, lafam } from '../../../src/explain/index.js';
import { classifier, loadModel, type Classifier } from '../../../src/models/index.js';
import { cpuBackend } from '../../backend.js';
import { SelfAttention } from '../../../src/models/layers/index.js';
import { floats, integers, node, writeGraph } from '../onnx/graph.js';
import { inFolder, largestDifference, values, wave } from '../support.js';

// Made by test/models/onnx/fixtures/make.py: images of 16 × 16, grids of 4 × 4.
const fixture = (name: string) => new URL(`../onnx/fixtures/${name}-script.onnx`, import.meta.url).pathname;

async function network(name: string, layer?: string): Promise<Classifier> {
  const { model } = await loadModel(fixture(name));
  return classifier(model, { ...(layer !== undefined && { layer }) });
}

/** Where the activations change most when the pixels at a place of the grid do, for each of the 16 places. */
function answers({ activations }: Classifier): number[] {
  const image = wave([1, 16, 16, 3]);
  return Array.from({ length: 16 }, (_, place) =>
    tf.tidy(() => {
      const spot = tf.buffer([1, 16, 16, 3]);
      const [top, left] = [4 * Math.floor(place / 4), 4 * (place % 4)];
      for (let at = 0; at < 48; at++)
        spot.set(1, 0, top + Math.floor(at / 12), left + (Math.floor(at / 3) % 4), at % 3);
      const changed = tf.sub(activations(tf.add(image, spot.toTensor())), activations(image));
      return tf.argMax(tf.reshape(tf.sum(tf.abs(changed), 3), [16])).dataSync()[0]!;
    }),
  );
}

const inOrder = Array.from({ length: 16 }, (_, place) => place);

describe('the target layer of a network that works on tokens in another way than ViT', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  const kinds = {
    'class-attention': ['third.norm1', 'what the last of its attentions sees'],
    unrolled: ['second.norm1', 'the same where tokens lie in another order'],
    mixer: ['norm', 'its last tokens where none attends'],
  } as const;
  for (const [name, [layer, what]] of Object.entries(kinds)) {
    it(`is ${what} (${name})`, async () => {
      const found = await network(name);
      expect([found.layer, found.caution]).to.deep.equal([layer, undefined]);
      const x = wave([2, 16, 16, 3]);
      const { activations, bypass } = found.split!(x);
      expect(activations.shape).to.deep.equal([2, 4, 4, 8]);
      expect(largestDifference(values(found.head(activations, bypass)), values(found.logits(x)))).to.be.below(
        1e-6,
      );
      expect(answers(found)).to.deep.equal(inOrder);
      for (const method of [gradCam, lafam]) {
        const raw = values(method(found, x).raw);
        expect(Math.max(...raw)).to.be.above(Math.min(...raw));
      }
    });
  }

  it('can be named, where its tokens lie in another order too', async () => {
    const found = await network('unrolled', 'second.norm2');
    expect(found.layer).to.equal('second.norm2');
    expect(found.activations(wave([1, 16, 16, 3])).shape).to.deep.equal([1, 2, 2, 8]);
    const eight = await network('unrolled', 'first.norm1');
    expect(eight.activations(wave([1, 16, 16, 3])).shape).to.deep.equal([1, 8, 8, 8]);
  });

  it('is the patches themselves, and said so, where nobody knows where the tokens behind them lie', () => {
    const image = input({ shape: [16, 16, 3] });
    let x = layers.conv2d({ name: 'patches', filters: 8, kernelSize: 4, strides: 4 }).apply(image);
    x = layers.reshape({ targetShape: [16, 8] }).apply(x);
    for (const units of [16, 8, 16, 8])
      x = layers.dense({ units }).apply(layers.permute({ dims: [2, 1] }).apply(x));
    const y = layers.dense({ units: 5 }).apply(layers.flatten().apply(x)) as SymbolicTensor;
    const found = classifier(layersModel({ inputs: image, outputs: y }));
    expect(found.layer).to.equal('patches');
    expect(found.caution).to.match(
      /'patches' cuts the image into patches, and where the tokens .* is not known/,
    );
    expect(found.notes).to.deep.equal([found.caution]);
  });

  it('sees all patches, where each is an image of its own to the first convolution, as in TNT', () =>
    inFolder(async (folder) => {
      const weights = floats('kernel', [8, 3, 3, 3], values(wave([1, 24, 9, 1])));
      const square = floats('square', [32, 32], values(wave([1, 32, 32, 1])));
      const perm = (ints: number[]) => ({ attribute: [{ name: 'perm', type: 7, ints }] });
      const moves = { strides: [2, 2], pads: [1, 1, 1, 1] };
      const attribute = Object.entries(moves).map(([name, ints]) => ({ name, type: 7, ints }));
      const shapes = { apart: [1, 3, 4, 4, 4, 4], batch: [16, 3, 4, 4], tokens: [1, 16, 32] };
      const dense = [1, 2, 3, 4].flatMap((index) => [
        node('MatMul', [index === 1 ? 't' : `a${index - 1}`, 'square'], [`m${index}`]),
        node('Tanh', [`m${index}`], [`a${index}`], { name: `act${index}` }),
      ]);
      const path = await writeGraph(
        folder,
        [
          node('Reshape', ['x', 'apart'], ['p']),
          node('Transpose', ['p'], ['q'], perm([0, 2, 4, 1, 3, 5])),
          node('Reshape', ['q', 'batch'], ['r']),
          node('Conv', ['r', 'kernel'], ['s'], { attribute }),
          node('Reshape', ['s', 'tokens'], ['t']),
          ...dense,
          node('ReduceMean', ['a4'], ['y'], {
            attribute: [
              { name: 'axes', type: 7, ints: [1] },
              { name: 'keepdims', type: 2, i: 0 },
            ],
          }),
        ],
        [weights, square, ...Object.entries(shapes).map(([name, sizes]) => integers(name, sizes))],
        16,
      );
      const found = classifier((await loadModel(path)).model);
      expect([found.layer, found.caution]).to.deep.equal(['act4', undefined]);
      expect(answers(found)).to.deep.equal(inOrder);
    }));

  it('is that of a ViT that takes the image apart without a convolution, whose attention is found too', () => {
    const image = input({ shape: [16, 16, 3] });
    let x = layers.reshape({ targetShape: [4, 4, 4, 4, 3] }).apply(image) as SymbolicTensor;
    x = layers.permute({ dims: [1, 3, 2, 4, 5] }).apply(x) as SymbolicTensor;
    x = layers.reshape({ targetShape: [16, 48] }).apply(x) as SymbolicTensor;
    x = layers.dense({ units: 8 }).apply(x) as SymbolicTensor;
    for (const block of [1, 2]) {
      let y = layers.layerNormalization({ name: `norm${block}` }).apply(x);
      y = layers.dense({ units: 24 }).apply(y);
      y = new SelfAttention({ heads: 2 }).apply(y);
      x = layers.add().apply([x, layers.dense({ units: 8 }).apply(y) as SymbolicTensor]) as SymbolicTensor;
    }
    const y = layers.dense({ units: 5 }).apply(layers.globalAveragePooling1d().apply(x)) as SymbolicTensor;
    const found = classifier(layersModel({ inputs: image, outputs: y }));
    expect([found.layer, found.caution]).to.deep.equal(['norm2', undefined]);
    expect(found.attention).to.include({ blocks: 2, prefix: 0, reads: 'patches' });
    expect(found.attention!.grid).to.deep.equal([4, 4]);
    expect(answers(found)).to.deep.equal(inOrder);
  });

  it('has one grid an image: windows that are a batch of their own are none', async () => {
    const found = await network('windows');
    expect(found.layer).to.equal('conv1');
    expect(found.activations(wave([2, 16, 16, 3])).shape).to.deep.equal([2, 8, 8, 8]);
    expect(() => classifier(found.model, { layer: 'conv2' })).to.throw('a layer with output [N, h, w, K]');
  });
});
