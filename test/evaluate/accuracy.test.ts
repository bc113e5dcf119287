import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastestBackend } from '../backend.js';
import type { Batch } from '../../src/data/index.js';
import { accuracy } from '../../src/evaluate/index.js';
import { answer } from '../../src/evaluate/accuracy.js';
import { classifier, networkInput } from '../../src/models/index.js';
import { preprocessing as plain } from './support.js';

const side = 8;
const preprocessing = { ...plain, resize: side, crop: side };
const classNames = ['red', 'green', 'blue'];

/** Its logits are ten times the mean red, green and blue. */
function colorNetwork(shape: [number, number, number] = [side, side, 3]) {
  const model = tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        inputShape: shape,
        filters: 3,
        kernelSize: 1,
        name: 'colors',
        weights: [tf.reshape(tf.mul(10, tf.eye(3)), [1, 1, 3, 3]), tf.zeros([3])],
      }),
      tfl.layers.globalAveragePooling2d({}),
      tfl.layers.dense({ units: 3, weights: [tf.eye(3), tf.zeros([3])] }),
    ],
  });
  const network = classifier(model, { classNames });
  return { ...network, ...networkInput(network, preprocessing) };
}

type Image = [file: string, label: number, color: [number, number, number]];

const images: Image[] = [
  ['a', 0, [255, 0, 0]],
  ['b', 1, [0, 255, 0]],
  ['c', 1, [0, 128, 0]],
  ['d', 2, [255, 0, 0]], // wrong, and sure of it
  ['e', 2, [0, 60, 50]], // wrong, hardly
];

async function* batches(of: readonly Image[], size = 2): AsyncGenerator<Batch> {
  await Promise.resolve();
  for (let start = 0; start < of.length; start += size) {
    const some = of.slice(start, start + size);
    yield {
      number: start / size,
      pixels: Uint8Array.from(
        some.flatMap(([, , color]) => Array.from({ length: side * side }, () => color).flat()),
      ),
      shape: [some.length, side, side, 3],
      labels: Int32Array.from(some, ([, label]) => label),
      files: some.map(([file]) => file),
      crops: some.map(() => ({ left: 0, top: 0, width: side, height: side, flipped: false })),
    };
  }
}

describe('accuracy', () => {
  before(fastestBackend);

  it('says how often the network is right, and where it is not', async () => {
    const report = await accuracy({ network: colorNetwork(), classNames, batches: batches(images) });
    const { top1, top5, loss } = report.methods['network']!;
    expect(report.images).to.equal(5);
    expect(top1!.mean).to.equal(0.6);
    expect(top1!.low).to.be.within(0, 0.6);
    expect(top1!.high).to.be.within(0.6, 1);
    expect(top5!.mean).to.equal(1);
    const losses = images.map(([, label, color]) => {
      const logits = color.map((value) => (10 * value) / 255);
      return Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - logits[label]!;
    });
    expect(loss!.mean).to.be.closeTo(losses.reduce((a, b) => a + b) / 5, 1e-5);
    expect(report.confusion).to.deep.equal([
      [1, 0, 0],
      [0, 2, 0],
      [1, 1, 0],
    ]);
    expect(report.classes[0]).to.deep.equal({ class: 'red', support: 1, predicted: 2, precision: 0.5, recall: 1, f1: 2 / 3 }); // prettier-ignore
    expect(report.balancedAccuracy).to.be.closeTo(2 / 3, 1e-12);
    expect(report.worst.map(({ image, label, predicted }) => [image, label, predicted])).to.deep.equal([
      ['d', 'blue', 'red'],
      ['e', 'blue', 'green'],
    ]);
    expect(report.worst[0]!.probability).to.be.closeTo(1, 1e-3);
    expect(report.calibration.bins).to.have.length(15);
  });

  it('keeps what was measured, and measures only the rest', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'camtune-accuracy-'));
    try {
      const network = colorNetwork();
      const first = await accuracy({ network, classNames, batches: batches(images.slice(0, 3)), folder });
      expect(first.images).to.equal(3);
      const done: number[] = [];
      const all = await accuracy({
        network,
        classNames,
        batches: batches(images),
        folder,
        onProgress: (count) => done.push(count),
      });
      expect(done).to.deep.equal([3, 4, 5]);
      expect(all.confusion).to.deep.equal([
        [1, 0, 0],
        [0, 2, 0],
        [1, 1, 0],
      ]);
      expect((await readFile(join(folder, 'images.jsonl'), 'utf8')).trimEnd().split('\n')).to.have.length(6);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('shows a network that is not square the middle', async () => {
    const network = colorNetwork([4, side, 3]);
    const report = await accuracy({ network, classNames, batches: batches(images) });
    expect(report.methods['network']!.top1!.mean).to.equal(0.6);
  });

  it('leaves no tensor behind', async () => {
    const network = colorNetwork();
    const measure = () => accuracy({ network, classNames, batches: batches(images) });
    await measure();
    const { numTensors } = tf.memory();
    await measure();
    expect(tf.memory().numTensors).to.equal(numTensors);
  });

  it('refuses a network that does not choose among classes', async () => {
    const model = tfl.sequential({
      layers: [tfl.layers.flatten({ inputShape: [2, 2, 3] }), tfl.layers.dense({ units: 1 })],
    });
    const network = classifier(model);
    const error = await accuracy({ network: { ...network, ...networkInput(network, preprocessing) }, classNames: ['a'], batches: batches(images) }).catch((found: Error) => found); // prettier-ignore
    expect(error)
      .to.have.property('message')
      .that.matches(/model: expected a network with softmax over two classes or more/);
  });
});

describe('the answer to one image', () => {
  it('counts the first of equal logits as predicted, so that a constant network is no good one', () => {
    expect(answer([1, 1, 1], 0, 'x')).to.include({ predicted: 0, rank: 0 });
    expect(answer([1, 1, 1], 2, 'x')).to.include({ predicted: 0, rank: 2 });
    expect(answer([1, 1, 1], 2, 'x').probability).to.be.closeTo(1 / 3, 1e-12);
  });

  it('bears large logits, and refuses those that are not finite', () => {
    expect(answer([1000, 0], 1, 'x').loss).to.equal(1000);
    expect(() => answer([NaN, 0], 1, 'x')).to.throw('x: the network answers with values that are not finite');
    expect(() => answer([0, 0], 2, 'x')).to.throw('label of x: expected a class below 2, found 2');
  });
});
