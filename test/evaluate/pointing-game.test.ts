import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../backend.js';
import type { BoxSet } from '../../src/data/index.js';
import { pointingGame, type PointingGameOptions, type SaliencyMethod } from '../../src/evaluate/index.js';
import { errorOf } from '../data/folder.js';
import { brightness, noiseBatches, preprocessing, side, smallClassifier } from './support.js';

const square = (left: number, top: number, size: number, category: number, crowd = false) => ({
  left,
  top,
  width: size,
  height: size,
  category,
  crowd,
});

/** Points to the pixel (2, 2) for class 0 and to (20, 20) for the others. */
const pointer: SaliencyMethod = {
  name: 'pointer',
  run: (_, target) => {
    const classes = target.dataSync();
    const maps = new Float32Array(classes.length * side * side);
    classes.forEach((index, image) => {
      const at = index === 0 ? 2 : 20;
      maps[image * side * side + at * side + at] = 1;
    });
    return tf.tensor3d(maps, [classes.length, side, side]);
  },
};

const boxes: BoxSet = {
  categories: ['cat', 'dog', 'sofa'],
  images: [
    // cat at (2, 2): hit. dog elsewhere: miss, 4 pixels off. sofa is no class of the network.
    {
      file: '0.png',
      width: side,
      height: side,
      boxes: [square(0, 0, 4, 0), square(24, 20, 4, 1), square(0, 0, 9, 2)],
    },
    // cat in another corner: miss. A crowd of dogs under the pointer does not count.
    { file: '1.png', width: side, height: side, boxes: [square(20, 20, 8, 0), square(18, 18, 8, 1, true)] },
    // No object.
    { file: '2.png', width: side, height: side, boxes: [] },
    // A dog that fills the image: hit, but nothing difficult.
    { file: '3.png', width: side, height: side, boxes: [square(0, 0, side, 1)] },
  ],
};
const classOf = (category: string) => ({ cat: 0, dog: 2 })[category];

function play({ classifier = smallClassifier(), ...options }: Partial<PointingGameOptions> = {}) {
  return pointingGame({
    classifier,
    preprocessing,
    batches: noiseBatches(4, 3),
    methods: [pointer],
    boxes,
    classOf,
    ...options,
  });
}

describe('pointingGame', () => {
  before(cpuBackend);

  it('is the mean over the categories of their share of hits', async () => {
    const { methods, images } = await play();
    const { inside, tolerant } = methods.pointer!;
    expect(images).to.equal(4);
    expect(inside!.mean).to.equal((1 / 2 + 1 / 2) / 2); // cat: hit, miss; dog: miss, hit
    expect(tolerant!.mean).to.equal((1 / 2 + 2 / 2) / 2); // the dog of the first image is near
  });

  it('counts a quarter-sized object beside another category as difficult', async () => {
    const { methods } = await play();
    expect(methods.pointer!.insideDifficult!.mean).to.equal((1 + 0) / 2); // image 0 alone: cat hit, dog missed
    expect(methods.pointer!.tolerantDifficult!.mean).to.equal(1);
  });

  it('measures the share of the energy and the overlap of the mask', async () => {
    const { methods } = await play();
    expect(methods.pointer!.energy!.mean).to.equal(0.5);
    // One pixel over 16 and 0 (cat), 0 and 1024 (dog).
    expect(methods.pointer!.maskIoU!.mean).to.be.closeTo((1 / 16 / 2 + 1 / 1024 / 2) / 2, 1e-9);
  });

  it('narrows its tolerance when asked to', async () => {
    const { methods, protocol } = await play({ tolerance: 4 });
    expect(methods.pointer!.tolerant!.mean).to.equal(0.5);
    expect(protocol.tolerance).to.equal('less than 4 pixels of the view');
  });

  it('finds that random maps hit a box as often as the box is large', async () => {
    const box = { file: '', width: side, height: side, boxes: [square(4, 4, 16, 0)] };
    const { methods } = await play({
      batches: noiseBatches(400, 50),
      methods: [],
      boxes: { categories: ['cat'], images: Array.from({ length: 400 }, () => box) },
    });
    const { inside, energy } = methods.random!;
    expect(inside!.low).to.be.below(0.25);
    expect(inside!.high).to.be.above(0.25);
    expect(inside!.high - inside!.low).to.be.below(0.1);
    expect(energy!.mean).to.be.closeTo(0.25, 0.01);
    expect(methods['center-gaussian']!.inside!.mean).to.equal(1);
  });

  it('plays for any object where the predicted class is explained', async () => {
    const { methods, protocol } = await play({ classOf: 'predicted', methods: [pointer, brightness] });
    expect(protocol.target).to.equal('the predicted class; any object counts');
    expect(methods.pointer!.inside!.mean).to.be.within(0.5, 1);
  });

  it('refuses categories that the network does not know', async () => {
    const error = await errorOf(play({ classOf: () => undefined }));
    expect(error.message).to.include('categories: expected at least one that is a class of the network');
  });

  it('leaves no tensor behind', async () => {
    const classifier = smallClassifier();
    const before = tf.memory().numTensors;
    await play({ classifier });
    expect(tf.memory().numTensors).to.equal(before);
  });
});
