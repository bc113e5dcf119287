import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { classifier, loadModel } from '../../../src/models/index.js';
import { cpuBackend } from '../../backend.js';
import { inFolder, values } from '../support.js';
import { floats, integers, node, writeGraph, type Node, type Tensor } from './graph.js';

const images = () => tf.tidy(() => tf.tensor4d(tf.range(0, 24).arraySync(), [2, 2, 2, 3]));
/** The images with their channels first, each flat. */
const pixels = Array.from({ length: 24 }, (_, at) => {
  const [image, channel, place] = [Math.floor(at / 12), Math.floor(at / 4) % 3, at % 4];
  return 12 * image + 3 * place + channel;
});

/** What a graph answers, and the gradient of its sum with respect to the weight. */
async function answers(nodes: Node[], tensors: Tensor[]): Promise<{ logits: number[]; gradient: number[] }> {
  return inFolder(async (folder) => {
    const { model } = await loadModel(await writeGraph(folder, nodes, tensors, 2));
    const { logits } = classifier(model);
    const sum = () => tf.sum<tf.Scalar>(logits(images()));
    const { grads, value } = tf.variableGrads(sum, [model.trainableWeights[0]!.read() as tf.Variable]);
    value.dispose();
    return { logits: values(tf.tidy(() => logits(images()))), gradient: values(Object.values(grads)[0]!) };
  });
}

describe('what a graph adds to every image', () => {
  before(cpuBackend);

  // As Hugging Face's DINOv2 and PVT do with their positions: twice as fine in the file as in the image.
  const squares = [0, 2, 8, 10].map((corner) => [0, 1, 4, 5].map((place) => corner + place));
  const corners = squares.map(([corner]) => [corner!]);
  for (const [mode, how, places] of [
    ['linear', 'half_pixel', squares],
    ['nearest', 'asymmetric', corners],
  ] as const)
    it(`is a weight that is resized first (${mode}), and is trained through that`, async () => {
      const fine = Array.from({ length: 48 }, (_, at) => (at * 7) % 11);
      const attribute = [
        { name: 'mode', type: 3, s: new TextEncoder().encode(mode) },
        { name: 'nearest_mode', type: 3, s: new TextEncoder().encode('floor') },
        { name: 'coordinate_transformation_mode', type: 3, s: new TextEncoder().encode(how) },
      ];
      const { logits, gradient } = await answers(
        [
          node('Resize', ['positions', '', '', 'size'], ['coarse'], { attribute }),
          node('Add', ['x', 'coarse'], ['sum']),
          node('Flatten', ['sum'], ['y']),
        ],
        [floats('positions', [1, 3, 4, 4], fine), integers('size', [1, 3, 2, 2])],
      );
      const coarse = Array.from({ length: 12 }, (_, at) => {
        const from = places[at % 4]!;
        return from.reduce((sum, place) => sum + fine[16 * Math.floor(at / 4) + place]!, 0) / from.length;
      });
      expect(logits).to.deep.equal(pixels.map((value, at) => value + coarse[at % 12]!));
      const used = new Set(places.flat());
      // Of two images; the weight has its channels last.
      const expected = fine.map((_, at) => (used.has(Math.floor(at / 3)) ? 2 / places[0]!.length : 0));
      expect(gradient).to.deep.equal(expected);
    });

  it('has values for each part of an image, as a mask of windows, in a file for one image', async () => {
    const { logits, gradient } = await answers(
      [
        node('Reshape', ['x', 'apart'], ['windows']),
        node('Add', ['windows', 'mask of each'], ['masked']),
        node('Reshape', ['masked', 'whole'], ['back']),
        node('Flatten', ['back'], ['y']),
      ],
      [
        floats(
          'mask of each',
          [3, 2, 2],
          [...Array(12).keys()].map((at) => 100 * at),
        ),
        integers('apart', [3, 2, 2]),
        integers('whole', [1, 3, 2, 2]),
      ],
    );
    expect(logits).to.deep.equal(pixels.map((value, at) => value + 100 * (at % 12)));
    expect(gradient).to.deep.equal(new Array(12).fill(2));
  });
});
