import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { loadModel } from '../../../src/models/index.js';
import { cpuBackend } from '../../backend.js';
import { inFolder } from '../support.js';
import { floats, node, writeGraph } from './graph.js';

/** The shapes of what is trained in a network that adds a value of this name to its pictures. */
async function trained(name: string, dims: number[], given: number[]): Promise<string[]> {
  return inFolder(async (folder) => {
    const side = dims.at(-1)!;
    const nodes = [
      node('Add', ['x', name], ['sum']),
      node('GlobalAveragePool', ['sum'], ['mean']),
      node('Flatten', ['mean'], ['y']),
    ];
    const { model } = await loadModel(await writeGraph(folder, nodes, [floats(name, dims, given)], side));
    const shapes = model.trainableWeights.map(({ shape }) => shape.join('×'));
    model.dispose();
    return shapes;
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
});
