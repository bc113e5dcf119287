import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { classifier, loadModel } from '../../../src/models/index.js';
import { cpuBackend } from '../../backend.js';
import { inFolder, values } from '../support.js';
import { integers, node, writeGraph } from './graph.js';

describe('GatherND in an ONNX file', () => {
  before(cpuBackend);

  const perm = (ints: number[]) => ({ attribute: [{ name: 'perm', type: 7, ints }] });
  /** What is taken of two pictures whose values are 0 to 23, with these axes in front. */
  const taken = (front: number[], indices: number[], dims: number[], back: number[]) =>
    inFolder(async (folder) => {
      const nodes = [
        node('Transpose', ['x'], ['before'], perm(front)),
        node('GatherND', ['before', 'which'], ['taken']),
        node('Transpose', ['taken'], ['images'], perm(back)),
        node('Flatten', ['images'], ['y']),
      ];
      const path = await writeGraph(folder, nodes, [integers('which', indices, dims)], 2);
      const { model } = await loadModel(path);
      const pictures = tf.reshape<tf.Rank.R4>(tf.range(0, 24), [2, 2, 2, 3]);
      return values(tf.tidy(() => classifier(model).logits(pictures)));
    });

  it('takes channels where they are the first axis and the images come behind, as the dynamo exporter has it', async () => {
    const found = await taken([1, 0, 2, 3], [2, 0, -2, 2], [4, 1], [1, 0, 2, 3]);
    const channel = (image: number, at: number) => [0, 3, 6, 9].map((pixel) => 12 * image + pixel + at);
    expect(found).to.deep.equal([0, 1].flatMap((image) => [2, 0, 1, 2].flatMap((at) => channel(image, at))));
  });

  it('takes pixels where rows and columns are the first axes', async () => {
    const found = await taken([2, 3, 0, 1], [0, 1, 1, 0, 1, -1], [3, 2], [1, 0, 2]);
    const pixel = (image: number, at: number) => [0, 1, 2].map((channel) => 12 * image + 3 * at + channel);
    expect(found).to.deep.equal([0, 1].flatMap((image) => [1, 2, 3].flatMap((at) => pixel(image, at))));
  });
});
