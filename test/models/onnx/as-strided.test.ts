import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { classifier, loadModel } from '../../../src/models/index.js';
import { cpuBackend } from '../../backend.js';
import { failure, inFolder, values } from '../support.js';
import { floats, integers, node, writeGraph } from './graph.js';

// How torch.onnx writes x.as_strided(...): all values of x in one row, of which a table of positions is taken. Channels of
// a picture of 2 × 2 are at 0, 4 and 8 in it.
const viewed = [
  node('Reshape', ['x', 'row'], ['flat']),
  node('Gather', ['flat', 'positions'], ['view']),
  node('Flatten', ['view'], ['y']),
];

async function viewOf(folder: string, dims: number[], positions: number[]): Promise<string> {
  return writeGraph(folder, viewed, [integers('row', [-1]), integers('positions', positions, dims)], 2);
}

/** Two pictures whose values in PyTorch's order are 0, 1, 2, ... 23. */
function pictures(): tf.Tensor4D {
  return tf.tidy(() => tf.transpose(tf.reshape(tf.range(0, 24), [2, 3, 2, 2]), [0, 2, 3, 1]));
}

async function answers(path: string): Promise<number[]> {
  const { model } = await loadModel(path);
  return values(tf.tidy(() => classifier(model).logits(pictures())));
}

async function operationsOf(path: string): Promise<(string | undefined)[]> {
  const { model } = await loadModel(path);
  return model.layers.map((layer) => (layer as { given?: { operation: string } }).given?.operation);
}

describe('as_strided of an ONNX file', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  it('takes the positions of each image, though the file was exported for one', () =>
    inFolder(async (folder) => {
      // The second column of every channel, the last channel first, and one value twice.
      const path = await viewOf(folder, [1, 4, 2], [9, 11, 5, 7, 1, 3, 3, 0]);
      const first = [9, 11, 5, 7, 1, 3, 3, 0];
      expect(await answers(path)).to.deep.equal([...first, ...first.map((value) => value + 12)]);
    }));

  it('is a reshape where it takes all as they lie', () =>
    inFolder(async (folder) => {
      const all = Array.from({ length: 12 }, (_, index) => index);
      const path = await viewOf(folder, [1, 6, 2], all);
      expect(await answers(path)).to.deep.equal([...all, ...all.map((value) => value + 12)]);
      expect(await operationsOf(path)).to.not.include('gather');
      expect(await operationsOf(await viewOf(folder, [1, 6, 2], [...all].reverse()))).to.include('gather');
    }));

  it('gives gradients to what it took, as often as it took it', () =>
    inFolder(async (folder) => {
      const path = await writeGraph(
        folder,
        [...viewed.slice(0, 2), node('Flatten', ['view'], ['taken']), node('MatMul', ['taken', 'w'], ['y'])],
        [integers('row', [-1]), integers('positions', [1, 3, 3, 8], [1, 2, 2]), floats('w', [4, 1], [1, 2, 5, 11])],
        2,
      ); // prettier-ignore
      const { model } = await loadModel(path);
      const network = classifier(model);
      const slope = tf.tidy(() => {
        const gradient = tf.grad((images) => tf.sum(network.logits(images as tf.Tensor4D)))(pictures());
        return tf.transpose(gradient, [0, 3, 1, 2]);
      });
      const one = [0, 1, 0, 7, 0, 0, 0, 0, 11, 0, 0, 0];
      expect(values(slope)).to.deep.equal([...one, ...one]);
    }));

  it('is refused where it takes from more than one image', () =>
    inFolder(async (folder) => {
      const message = await failure(async () => loadModel(await viewOf(folder, [1, 2, 2], [0, 1, 11, 12])));
      expect(message).to.contain('the_Gather').and.not.contain('\n');
    }));
});
