import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { classifier, loadModel } from '../../../src/models/index.js';
import { cpuBackend } from '../../backend.js';
import { inFolder, largestDifference, values, wave } from '../support.js';
import { floats, integers, node, writeGraph } from './graph.js';

/** The shapes of what is trained in a network that adds a value of this name to its pictures. */
async function trained(name: string, dims: number[], given: number[]): Promise<string[]> {
  return (await opened(name, dims, given)).shapes;
}

async function opened(name: string, dims: number[], given: number[]) {
  return inFolder(async (folder) => {
    const side = dims.at(-1)!;
    const nodes = [
      node('Add', ['x', name], ['sum']),
      node('GlobalAveragePool', ['sum'], ['mean']),
      node('Flatten', ['mean'], ['y']),
    ];
    const path = await writeGraph(folder, nodes, [floats(name, dims, given)], side);
    const { model, notes } = await loadModel(path);
    const shapes = model.trainableWeights.map(({ shape }) => shape.join('×'));
    model.dispose();
    return { shapes, notes: notes.join('\n') };
  });
}

// The dynamo exporter calls what it has computed val_ and a number: folded weights, and what masks are filled with.
describe('a value that the dynamo exporter has computed', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  const different = [1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1];

  it('is trained where its numbers differ', async () => {
    expect(await trained('val_31', [1, 3, 2, 2], different)).to.have.length(1);
  });

  it('is a mask where it is one number over and over, and stays', async () => {
    expect(await trained('val_31', [1, 3, 2, 2], new Array<number>(12).fill(-100))).to.deep.equal([]);
  });

  it('is trained under a name of its own, whatever its numbers are', async () => {
    for (const name of ['bias', 'val_norm', 'interval_31', 'val_31.weight'])
      expect(await trained(name, [1, 3, 2, 2], new Array<number>(12).fill(0)), name).to.have.length(1);
  });

  it('is taken for weights unseen where it has more numbers than a mask', async () => {
    const filled = (side: number) => new Array<number>(3 * side ** 2).fill(0);
    expect(await trained('val_31', [1, 3, 148, 148], filled(148)), '65,712 numbers').to.have.length(1);
    expect(await trained('val_31', [1, 3, 147, 147], filled(147)), '64,827 numbers').to.deep.equal([]);
  });

  it('is said to be trained on its own where it was computed of parameters', async () => {
    const { shapes, notes } = await opened('sub_2', [1, 3, 2, 2], different);
    expect(shapes).to.have.length(1);
    expect(notes).to.contain('the exporter computed "sub_2" of parameters').and.contain('dynamo=False');
    for (const name of ['val_31', 'sub.weight', 'pos_embed'])
      expect((await opened(name, [1, 3, 2, 2], different)).notes, name).to.not.contain('computed');
  });
});

describe('a depthwise kernel of an ONNX file', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  /** How many weights are trained of a depthwise convolution with these kernels, one a channel. */
  const trainedOf = (...kernels: number[][]) =>
    inFolder(async (folder) => {
      const attribute = [{ name: 'group', type: 2, i: 3 }];
      const nodes = [
        node('Conv', ['x', 'kernel'], ['c'], { attribute }),
        node('GlobalAveragePool', ['c'], ['mean']),
        node('Flatten', ['mean'], ['y']),
      ];
      const path = await writeGraph(folder, nodes, [floats('kernel', [3, 1, 2, 2], kernels.flat())], 4);
      return (await loadModel(path)).model.trainableWeights.length;
    });
  const blur = [0.1875, 0.0625, 0.5625, 0.1875];

  it('that blurs all channels alike (BlurPool) is no parameter', async () => {
    expect(await trainedOf(blur, blur, blur)).to.equal(0);
  });

  it('is one where channels differ, the sum is not 1 or a value is not positive', async () => {
    const same = (kernel: number[]) => trainedOf(kernel, kernel, kernel);
    expect(await trainedOf(blur, blur, [...blur].reverse()), 'channels').to.equal(1);
    expect(await same([0.2, 0.2, 0.2, 0.2]), 'sum').to.equal(1);
    expect(await same([1, 0, 0, 0]), 'zeros').to.equal(1);
  });
});

// A gate as in ConViT: x · s + x² · (1 - s), s = sigmoid(g), of which each channel has its own.
describe('a parameter that goes two ways', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  it('is one weight, whose gradient is that of both', () =>
    inFolder(async (folder) => {
      const nodes = [
        node('Reshape', ['gate', 'wide'], ['g']),
        node('Sigmoid', ['g'], ['s']),
        node('Constant', [], ['one'], { attribute: [{ name: 'value', type: 4, t: floats('', [], [1]) }] }),
        node('Sub', ['one', 's'], ['rest']),
        node('Mul', ['x', 's'], ['first']),
        node('Mul', ['x', 'x'], ['square']),
        node('Mul', ['square', 'rest'], ['second'], { name: 'other' }),
        node('Add', ['first', 'second'], ['sum']),
        node('Flatten', ['sum'], ['y']),
      ];
      const gate = [-1, 0.5, 2];
      const tensors = [floats('gate', [3], gate), integers('wide', [1, 3, 1, 1])];
      const { model } = await loadModel(await writeGraph(folder, nodes, tensors, 2));
      expect(model.trainableWeights.map(({ shape }) => shape)).to.deep.equal([[1, 3, 1, 1]]);
      const pictures = wave([2, 2, 2, 3]);
      const { grads } = tf.variableGrads(() => tf.sum<tf.Scalar>(classifier(model).logits(pictures)));
      const [found] = Object.values(grads);
      const channels = gate.map((g, channel) => {
        const s = 1 / (1 + Math.exp(-g));
        const x = [...pictures.dataSync()].filter((_, at) => at % 3 === channel);
        return s * (1 - s) * x.reduce((sum, each) => sum + each - each ** 2, 0);
      });
      expect(largestDifference(values(found!), channels)).to.be.below(1e-6);
    }));
});

describe('a vector of each image', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  it('meets the tokens of its own image, though the file was exported for one', () =>
    inFolder(async (folder) => {
      const nodes = [
        node('Reshape', ['x', 'shape'], ['tokens']),
        node('ReduceMax', ['tokens'], ['most'], {
          attribute: [
            { name: 'axes', type: 7, ints: [1] },
            { name: 'keepdims', type: 2, i: 0 },
          ],
        }),
        node('Sub', ['tokens', 'most'], ['less']),
        node('Flatten', ['less'], ['y']),
      ];
      const path = await writeGraph(folder, nodes, [integers('shape', [1, 3, 4])], 2);
      const { model } = await loadModel(path);
      const pictures = wave([4, 2, 2, 3]);
      const found = tf.tidy(() => classifier(model).logits(pictures));
      const tokens = tf.tidy(() => tf.reshape(tf.transpose(pictures, [0, 3, 1, 2]), [4, 3, 4]));
      const wanted = tf.tidy(() => tf.sub(tokens, tf.max(tokens, 1, true)));
      expect(largestDifference(values(found), values(wanted))).to.be.below(1e-6);
    }));
});
