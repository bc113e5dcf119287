import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import h5, { type Dataset } from 'h5wasm/node';
import { stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuBackend } from '../../backend.js';
import { kerasResnetToTorch, readKeras } from '../../../src/models/weights/index.js';
import { loadModel } from '../../../src/models/index.js';
import { failure, inFolder, largestDifference, values, wave } from '../support.js';

type Weights = Record<string, Record<string, { shape: number[]; values: Float32Array }>>;

/** Writes what Keras 2 writes: a group a layer with the list of its weights. */
async function write(path: string, weights: Weights, attributes: Record<string, string> = {}): Promise<void> {
  await h5.ready;
  const file = new h5.File(path, 'w');
  const root = 'model_config' in attributes ? file.create_group('model_weights') : file;
  root.create_attribute('layer_names', Object.keys(weights));
  for (const [layer, entries] of Object.entries(weights)) {
    const group = root.create_group(layer);
    group.create_attribute('weight_names', Object.keys(entries));
    for (const [name, { shape, values }] of Object.entries(entries)) {
      const parent = name.includes('/') && !group.get(layer) ? group.create_group(layer) : group.get(layer);
      (parent as typeof group).create_dataset({ name: name.split('/').at(-1)!, data: values, shape });
    }
  }
  for (const [name, value] of Object.entries(attributes)) file.create_attribute(name, value);
  file.close();
}

describe('keras', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  it('loads a whole Keras 2 model', () =>
    inFolder(async (folder) => {
      const net = sequential({ name: 'net' });
      net.add(layers.conv2d({ name: 'conv', filters: 2, kernelSize: 3, inputShape: [6, 6, 3] }));
      net.add(layers.flatten({ name: 'flat' }));
      net.add(layers.dense({ name: 'out', units: 3, activation: 'softmax' }));
      const weights: Weights = {};
      for (const layer of net.layers) {
        weights[layer.name] = {};
        for (const variable of layer.weights) {
          const tensor = variable.read();
          weights[layer.name]![`${variable.originalName}:0`] = {
            shape: tensor.shape,
            values: tensor.dataSync<'float32'>(),
          };
        }
      }
      const path = join(folder, 'net.h5');
      await write(path, weights, {
        model_config: JSON.stringify(net.toJSON(null, false)),
        keras_version: '2.15.0',
      });
      const { model, preprocessing, notes } = await loadModel(path);
      const x = wave([2, 6, 6, 3]);
      const expected = values(net.predict(x) as tf.Tensor);
      expect(largestDifference(values(model.predict(x) as tf.Tensor), expected)).to.be.below(1e-6);
      expect([preprocessing.crop, notes]).to.deep.equal([
        6,
        ["preprocessing not recorded: torchvision's is assumed"],
      ]);
    }));

  it('gives the weights of Keras’s ResNet50 PyTorch’s names and layouts, and takes in the biases', () => {
    const tensor = (shape: number[], given: number[]) => ({ shape, read: () => Float32Array.from(given) });
    const { tensors, metadata } = kerasResnetToTorch(
      new Map([
        ['conv2_block1_0_conv/kernel', tensor([1, 2, 2, 2], [0, 1, 2, 3, 4, 5, 6, 7])],
        ['conv2_block1_0_conv/bias', tensor([2], [10, 20])],
        ['conv2_block1_0_bn/moving_mean', tensor([2], [1, 2])],
        ['conv5_block3_2_bn/gamma', tensor([1], [1])],
        ['predictions/kernel', tensor([2, 3], [1, 2, 3, 4, 5, 6])],
      ]),
      'x',
    );
    expect([...tensors].map(([name, { shape, read }]) => [name, shape, [...read()]])).to.deep.equal([
      ['layer1.0.downsample.0.weight', [2, 2, 1, 2], [0, 4, 2, 6, 1, 5, 3, 7]],
      ['layer1.0.downsample.1.running_mean', [2], [-9, -18]],
      ['layer4.2.bn2.weight', [1], [1]],
      ['fc.weight', [3, 2], [1, 4, 2, 5, 3, 6]],
    ]);
    expect(metadata['layout']).to.equal('stride-in-1x1');
  });

  it('refuses Keras 3, other weights without their model, and other HDF5 files', () =>
    inFolder(async (folder) => {
      const three = join(folder, 'three.h5');
      await write(three, {}, { keras_version: '3.4.1' });
      expect(await failure(() => readKeras(three))).to.contain('written by Keras 3.4.1, Keras 2 is read');
      const other = join(folder, 'other.h5');
      await write(other, { block1: { 'block1/kernel:0': { shape: [1], values: Float32Array.of(1) } } });
      expect(await failure(() => loadModel(other))).to.contain(
        "'block1/kernel' is no name of Keras's ResNet50",
      );
      const plain = join(folder, 'plain.h5');
      new h5.File(plain, 'w').close();
      expect(await failure(() => readKeras(plain))).to.contain('without Keras');
    }));

  it('refuses a file that is cut off, in one sentence, and prints nothing', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'cut.h5');
      await write(path, { layer: { 'layer/kernel:0': { shape: [50], values: new Float32Array(50) } } });
      await truncate(path, (await stat(path)).size - 100);
      expect(await failure(() => readKeras(path))).to.equal(
        `${path}: cannot be read as a Keras .h5 file: it is broken or cut off`,
      );
    }));

  it('refuses a data set that says to be larger than its file, before anything is allocated', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'large.h5');
      await h5.ready;
      const file = new h5.File(path, 'w');
      file.create_attribute('layer_names', ['layer', 'other']);
      const group = file.create_group('layer');
      group.create_attribute('weight_names', ['kernel:0', 'bias:0']);
      const options = {
        name: 'kernel:0',
        data: new Float32Array(4),
        shape: [4],
        maxshape: [null],
        chunks: [4],
      };
      (group.create_dataset(options), group.get('kernel:0') as Dataset).resize([2 ** 30]);
      file.close();
      expect((await stat(path)).size).to.be.below(100_000);
      expect(await failure(() => readKeras(path))).to.contain(
        "'kernel:0' has more values than such a file can hold",
      );
    }));

  it('gives up a file on which HDF5’s library loops for ever (found by the fuzzer)', async () => {
    const path = fileURLToPath(new URL('./fixtures/loops.h5', import.meta.url));
    expect(await failure(() => readKeras(path, 2))).to.equal(
      `${path}: cannot be read as a Keras .h5 file: it takes far more time than its size; it is broken`,
    );
  });

  it('refuses text where numbers should be, and weights that are missing', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'text.h5');
      await h5.ready;
      for (const [data, message] of [
        ['text', "'kernel:0' does not hold numbers"],
        [undefined, "the values of 'kernel:0' are missing"],
      ] as const) {
        const file = new h5.File(path, 'w');
        file.create_attribute('layer_names', ['layer']);
        const group = file.create_group('layer');
        group.create_attribute('weight_names', ['kernel:0']);
        if (data) group.create_dataset({ name: 'kernel:0', data });
        file.close();
        expect(await failure(() => readKeras(path))).to.contain(message);
      }
    }));
});
