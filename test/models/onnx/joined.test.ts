import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explain } from '../../../src/explain/index.js';
import { classifier, loadModel, toOnnx } from '../../../src/models/index.js';
import { cpuBackend } from '../../backend.js';
import { failure, inFolder, largestDifference, values, wave } from '../support.js';
import { decodeOnnx, encodeOnnx } from '../../../src/models/onnx/index.js';
import { floats, integers, node, writeGraph, type Node, type Tensor } from './graph.js';

// A network with nn.MultiheadAttention, exported for one image, with what PyTorch computes of two (fixtures/make.py).
const fixtures = new URL('./fixtures/', import.meta.url).pathname;
const expected = (
  JSON.parse(readFileSync(`${fixtures}expected.json`, 'utf8')) as Record<
    'multihead',
    { logits: number[][]; gradients: Record<string, number>; attention: number[][][][] }
  >
).multihead;
const images = () => wave([2, 16, 16, 3]);
const multihead = async (classNames?: string[]) =>
  (await loadModel(`${fixtures}multihead-script.onnx`, { classNames })).model;

// The pixels as tokens [4, N, 3], by a kernel [3, 2], as pixels again: with tokens and images joined between them.
const tokens = [
  node('Reshape', ['x', 'pixels'], ['flat']),
  node('Transpose', ['flat'], ['first'], { attribute: [{ name: 'perm', type: 7, ints: [2, 0, 1] }] }),
];
const kernel = [[1, 2], [3, 4], [5, 7]]; // prettier-ignore
const weights = [
  integers('pixels', [0, 3, 4]),
  floats('kernel', [3, 2], kernel.flat()),
  floats('two', [2], [10, 20]),
];
const joinRows = node('Reshape', ['first', 'rows'], ['joined']);
const gemm = node('Gemm', ['joined', 'kernel', 'two'], ['product']);
const splitRows = node('Reshape', ['product', 'again'], ['back']);
const apart = node('Transpose', ['back'], ['y4'], {
  attribute: [{ name: 'perm', type: 7, ints: [1, 0, 2] }],
});
const flatten = node('Flatten', ['y4'], ['y']);

async function answersOf(nodes: Node[], tensors: Tensor[], images?: number | 'open'): Promise<number[]> {
  return inFolder(async (folder) => {
    const { model } = await loadModel(
      await writeGraph(folder, [...tokens, ...nodes], [...weights, ...tensors], 2, images),
    );
    return values(tf.tidy(() => classifier(model).logits(pictures())));
  });
}

const pictures = () => tf.tidy(() => tf.tensor4d(tf.range(0, 36).arraySync(), [3, 2, 2, 3]));
/** The pixels of each picture by the kernel, and the offset. */
const byHand = Array.from({ length: 12 }, (_, pixel) =>
  [0, 1].map((unit) =>
    kernel.reduce((sum, row, channel) => sum + (3 * pixel + channel) * row[unit]!, 10 * (unit + 1)),
  ),
).flat();

describe('tokens and images joined, in an ONNX file', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  it('are one axis that a Gemm multiplies, in a file for one image', async () => {
    const shapes = [integers('rows', [4, 3]), integers('again', [4, 1, 2])];
    expect(await answersOf([joinRows, gemm, splitRows, apart, flatten], shapes)).to.deep.equal(byHand);
  });

  it('in a file for three', async () => {
    const shapes = [integers('rows', [12, 3]), integers('again', [4, 3, 2])];
    expect(await answersOf([joinRows, gemm, splitRows, apart, flatten], shapes, 3)).to.deep.equal(byHand);
  });

  it('and in a file for any number, which computes its shapes', async () => {
    const nodes = [
      joinRows,
      gemm,
      node('Shape', ['first'], ['sizes'], { attribute: [{ name: 'end', type: 2, i: 2 }] }),
      node('Concat', ['sizes', 'units'], ['again'], { attribute: [{ name: 'axis', type: 2, i: 0 }] }),
      splitRows,
    ];
    const shapes = [integers('rows', [-1, 3]), integers('units', [2])];
    expect(await answersOf([...nodes, apart, flatten], shapes, 'open')).to.deep.equal(byHand);
  });

  it('are not added to images and tokens joined', async () => {
    const nodes = [
      joinRows,
      node('Transpose', ['flat'], ['second'], { attribute: [{ name: 'perm', type: 7, ints: [0, 2, 1] }] }),
      node('Reshape', ['second', 'rows'], ['others']),
      node('Add', ['joined', 'others'], ['both']),
      node('Reshape', ['both', 'again'], ['y']),
    ];
    const shapes = [integers('rows', [-1, 3]), integers('again', [-1, 12])];
    const message = await failure(() => answersOf(nodes, shapes, 'open'));
    expect(message).to.contain("Add 'the_Add'").and.contain('[4·N, 3] and [4N, 3]');
  });

  it('keep what several images have in common: a token that a file for three holds three times', async () => {
    const row = [1, 2, 3];
    const nodes = [
      node('Transpose', ['flat'], ['second'], { attribute: [{ name: 'perm', type: 7, ints: [0, 2, 1] }] }),
      node('Concat', ['second', 'token'], ['all'], { attribute: [{ name: 'axis', type: 2, i: 1 }] }),
      node('Flatten', ['all'], ['y']),
    ];
    const found = await answersOf(nodes, [floats('token', [3, 1, 3], [...row, ...row, ...row])], 3);
    const pixels = Array.from({ length: 36 }, (_, at) => at);
    const each = [0, 1, 2].map((image) => [...pixels.slice(12 * image, 12 * image + 12), ...row]);
    expect(found).to.deep.equal(each.flat());
    const other = floats('token', [3, 1, 3], [...row, ...row, 1, 2, 4]);
    expect(await failure(() => answersOf(nodes, [other], 3))).to.contain('other values for each image');
  });
});

describe('nn.MultiheadAttention in an ONNX file', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  it('answers for two images as PyTorch does', async () => {
    expect(largestDifference(logitsOf(await multihead()), expected.logits.flat())).to.be.below(2e-6);
  });

  it("has PyTorch's gradient for every parameter", async () => {
    const found = gradientNorms(await multihead());
    const wanted = Object.values(expected.gradients).sort((a, b) => a - b);
    expect(found).to.have.length(wanted.length);
    found.forEach((norm, index) => expect(norm).to.be.closeTo(wanted[index]!, 1e-5));
  });

  it('shows the same where NaN of its softmax becomes 0, as the dynamo exporter writes it', async () => {
    const file = decodeOnnx(readFileSync(`${fixtures}multihead-script.onnx`));
    const guarded = file.graph.node.flatMap((each): Node[] => {
      if (each.op_type !== 'Softmax') return [each];
      return [
        { ...each, output: ['weights'] },
        node('IsNaN', ['weights'], ['lost']),
        node('Where', ['lost', 'nothing', 'weights'], each.output),
      ];
    });
    const initializer = [...file.graph.initializer, floats('nothing', [], [0])];
    const graph = { ...file.graph, node: guarded, initializer };
    await inFolder(async (folder) => {
      const path = join(folder, 'guarded.onnx');
      await writeFile(path, encodeOnnx({ ...file, graph }));
      const [found, plain] = [classifier((await loadModel(path)).model), classifier(await multihead())];
      expect(found.attention).to.include({ blocks: 1, prefix: 1, reads: 'class' });
      const shown = ({ attention }: typeof found) => attention!.probabilities(images()).flatMap(values);
      expect(shown(found)).to.deep.equal(shown(plain));
    });
  });

  it("shows PyTorch's attention, and maps of the patches", async () => {
    const network = classifier(await multihead());
    expect(network.attention).to.include({ blocks: 1, prefix: 1, reads: 'class' });
    expect(network.attention!.grid).to.deep.equal([2, 2]);
    const [attention] = network.attention!.probabilities(images());
    expect(attention!.shape).to.deep.equal([2, 2, 5, 5]);
    expect(largestDifference(values(attention!), expected.attention.flat(3))).to.be.below(1e-6);
    expect(network.layer).to.equal('norm');
    for (const method of ['grad-cam', 'attention-rollout', 'chefer']) {
      const { raw } = explain(method, network, images(), {});
      expect(raw.shape, method).to.deep.equal([2, 2, 2]);
    }
  });

  it('is written as ONNX again', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'again.onnx');
      await writeFile(path, toOnnx(classifier(await multihead())));
      const { model } = await loadModel(path);
      expect(largestDifference(logitsOf(model), expected.logits.flat())).to.be.below(2e-6);
    }));

  it('gets a new head, which trains', async () => {
    const model = await multihead(['cat', 'dog']);
    const network = classifier(model);
    const loss = () =>
      tf.sum<tf.Scalar>(
        tf.mul(tf.logSoftmax(network.trainingLogits(images())), [
          [-0.5, 0],
          [0, -0.5],
        ]),
      );
    const optimizer = tf.train.sgd(0.1);
    const before = values(tf.tidy(loss))[0]!;
    for (let step = 0; step < 5; step++) optimizer.minimize(loss);
    expect(values(tf.tidy(loss))[0]!).to.be.below(0.9 * before);
  });
});

function logitsOf(model: LayersModel): number[] {
  return values(tf.tidy(() => classifier(model).logits(images())));
}

/** The norms of the gradient of the second class's logits, in ascending order. */
function gradientNorms(model: LayersModel): number[] {
  const network = classifier(model);
  return tf.tidy(() => {
    const sum = () => tf.sum<tf.Scalar>(tf.slice(network.logits(images()), [0, 1], [-1, 1]));
    const { grads } = tf.variableGrads(sum);
    return Object.values(grads)
      .map((gradient) => tf.norm(gradient).dataSync()[0]!)
      .sort((a, b) => a - b);
  });
}
