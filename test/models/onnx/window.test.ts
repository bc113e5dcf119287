import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { classifier, loadModel } from '../../../src/models/index.js';
import { cpuBackend } from '../../backend.js';
import { failure, inFolder, values } from '../support.js';
import { node, writeGraph } from './graph.js';

/** What a pooling with a window of 448 answers for a picture of 2 × 2. */
async function pooled(type: string, ceiling: number, strides: number): Promise<number[]> {
  const attribute = [
    { name: 'kernel_shape', type: 7, ints: [448, 448] },
    { name: 'strides', type: 7, ints: [strides, strides] },
    { name: 'ceil_mode', type: 2, i: ceiling },
  ];
  return inFolder(async (folder) => {
    const nodes = [node(type, ['x'], ['all'], { attribute }), node('Flatten', ['all'], ['y'])];
    const { model } = await loadModel(await writeGraph(folder, nodes, [], 2));
    return values(tf.tidy(() => classifier(model).logits(tf.tensor4d([...Array(12).keys()], [1, 2, 2, 3]))));
  });
}

describe('a window that is larger than the picture', () => {
  before(cpuBackend);

  it('sees all of it where sizes are rounded up, as at the end of Hugging Face EfficientNet', async () => {
    expect(await pooled('AveragePool', 1, 448)).to.deep.equal([4.5, 5.5, 6.5]);
    expect(await pooled('MaxPool', 1, 448)).to.deep.equal([9, 10, 11]);
  });

  it('is refused where they are not, or where not even one window begins within the picture', async () => {
    const refused = 'has a window of 448 on a picture of 2 pixels';
    expect(await failure(() => pooled('AveragePool', 0, 448))).to.contain(refused);
    expect(await failure(() => pooled('AveragePool', 1, 1))).to.contain(refused);
  });
});
