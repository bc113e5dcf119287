import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { join } from 'node:path';
import sharp from 'sharp';
import { cpuBackend } from '../backend.js';
import {
  classifier,
  networkInput,
  openClassifier,
  saveModel,
  torchvisionPreprocessing,
  type OpenedClassifier,
  type Preprocessing,
} from '../../src/models/index.js';
import { loadTensorflow } from '../../src/tensorflow/index.js';
import { failure, inFolder, values } from './support.js';

const plain: Preprocessing = {
  resize: 8,
  crop: 8,
  interpolation: 'bilinear',
  channels: 'RGB',
  scale: 1,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

function network(shape: [number | null, number | null, number]): LayersModel {
  return sequential({
    layers: [
      layers.conv2d({ inputShape: shape, filters: 2, kernelSize: 3, name: 'seen' }),
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 2 }),
    ],
  });
}

const input = (shape: [number | null, number | null, number], preprocessing = plain) =>
  networkInput(classifier(network(shape)), preprocessing);

describe('networkInput', () => {
  before(cpuBackend);

  it('shows a network that is not square the middle of the square of its longer side', () =>
    inFolder(async (folder) => {
      // The red of a pixel is its column, the green its row.
      const pixels = Uint8Array.from({ length: 8 * 8 * 3 }, (_, at) =>
        at % 3 === 0 ? ((at / 3) | 0) % 8 : at % 3 === 1 ? (at / 24) | 0 : 0,
      );
      const path = join(folder, 'image.png');
      await sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } })
        .png()
        .toFile(path);
      const { size, decode } = input([4, 8, 3]);
      expect(size).to.deep.equal([4, 8]);
      const seen = await decode(path);
      expect([...seen.pixels.subarray(0, 6)]).to.deep.equal([0, 2, 0, 1, 2, 0]);
      expect([...seen.pixels.subarray(-3)]).to.deep.equal([7, 5, 0]);
      expect(seen.crop).to.deep.equal({ left: 0, top: 2, width: 8, height: 4, flipped: false });
    }));

  it('shows a gray network the luminance, scaled with the means of the channels', () => {
    const color = tf.tensor4d([255, 0, 100], [1, 1, 1, 3], 'int32');
    const mean: [number, number, number] = [10, 20, 60];
    const found = values(input([8, 8, 1], { ...plain, mean, std: [1, 2, 3] }).prepare(color));
    expect(found[0]).to.be.closeTo((0.299 * 255 + 0.114 * 100 - 30) / 2, 1e-4);
  });

  it('fits the preprocessing to the size that the network takes', () => {
    const { preprocessing, view } = input([112, 112, 3], torchvisionPreprocessing);
    expect([preprocessing.crop, preprocessing.resize]).to.deep.equal([112, 128]);
    expect(view).to.deep.equal({ crop: 'center', resize: 128, size: 112, interpolation: 'bilinear' });
    expect(input([null, null, 3], torchvisionPreprocessing).size).to.deep.equal([224, 224]);
  });

  it('refuses a network of other channels when pixels come', () => {
    const { prepare } = input([8, 8, 4]);
    expect(() => prepare(tf.zeros([1, 8, 8, 3]))).to.throw(
      'model: expected a network of 3 channels (color) or 1 (gray), found 4',
    );
  });
});

describe('openClassifier', function () {
  before(async function () {
    await loadTensorflow().catch(() => this.skip());
  });
  after(cpuBackend);

  it('is a classifier that knows its weights and reads images', () =>
    inFolder(async (folder) => {
      const saved = network([8, 8, 3]);
      await saveModel(saved, join(folder, 'weights'), { preprocessing: plain, classNames: ['a', 'b'] });
      const path = join(folder, 'image.png');
      await sharp({ create: { width: 20, height: 10, channels: 3, background: '#ff8000' } })
        .png()
        .toFile(path);
      const notes: string[] = [];
      const opened: OpenedClassifier = await openClassifier(join(folder, 'weights'), {
        layer: 'seen',
        onNote: (note) => notes.push(note),
      });
      expect([opened.classNames, opened.layer, opened.size, notes]).to.deep.equal([
        ['a', 'b'],
        'seen',
        [8, 8],
        [],
      ]);
      expect(opened.weights.path).to.equal(join(folder, 'weights'));
      const image = await opened.read(path);
      expect(image.shape).to.deep.equal([1, 8, 8, 3]);
      const expected = values(saved.predict(image) as tf.Tensor);
      expect(values(opened.logits(image))).to.have.length(2);
      expect(values(opened.logits(image))[0]).to.be.closeTo(expected[0]!, 1e-3);
      expect(values(image).slice(0, 3)).to.deep.equal([255, 128, 0]);
      opened.dispose();
      saved.dispose();
    }));

  it('says what it had to fit, and leaves nothing behind where the layer is wrong', () =>
    inFolder(async (folder) => {
      const saved = network([6, 8, 3]);
      await saveModel(saved, folder, { preprocessing: { ...plain, crop: 4, resize: 4 } });
      saved.dispose();
      const notes: string[] = [];
      const opened = await openClassifier(folder, { onNote: (note) => notes.push(note) });
      expect(notes).to.deep.equal(['preprocessing fitted to 6×8 px: it is for 4']);
      opened.dispose();
      const before = tf.memory().numTensors;
      expect(await failure(() => openClassifier(folder, { layer: 'none' }))).to.contain('layer: expected');
      expect(tf.memory().numTensors).to.equal(before);
    }));
});
