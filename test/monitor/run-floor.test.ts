import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { stageOptions } from '../../src/augment/index.js';
import { writeSnapshot } from '../../src/log/index.js';
import { floorOfRun } from '../../src/monitor/index.js';
import { fakeClassifier } from '../explain/fake-classifier.js';

const SIDE = 32;

describe('floorOfRun', () => {
  let run: string;
  before(() => tf.setBackend('cpu'));
  beforeEach(() => (run = mkdtempSync(join(tmpdir(), 'camtune-floor-'))));
  afterEach(() => rmSync(run, { recursive: true }));

  /** An image that is brighter towards one corner, and its map. */
  const images = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    return 3 * (pixel % SIDE) + 4 * Math.floor(pixel / SIDE);
  });
  const map = (of: (pixel: number) => number) =>
    Float32Array.from({ length: SIDE * SIDE }, (_, at) => of(at));
  const save = (epoch: number, maps: Float32Array) =>
    writeSnapshot(join(run, 'saliency'), {
      epoch,
      step: epoch,
      images,
      imageShape: [1, SIDE, SIDE],
      maps,
      mapShape: [SIDE, SIDE],
      masks: new Uint8Array(SIDE * SIDE),
      blended: images,
      files: ['cat/1.jpg'],
      labels: ['cat'],
    });
  /** Its map is the brightness of the image: it follows flips and crops. */
  const network = {
    ...fakeClassifier(),
    classNames: ['cat', 'dog', 'eel'],
    prepare: (pixels: tf.Tensor4D) => tf.div<tf.Tensor4D>(pixels, 255),
  };
  const options = stageOptions({ method: 'lafam', blur: { size: 3, sigma: 1 } });

  it('compares what changed with what a flip and a crop change', async () => {
    await save(
      1,
      map((at) => SIDE - (at % SIDE)),
    );
    await save(
      2,
      map((at) => images[3 * at]!),
    );
    const { floor, steps, classes } = await floorOfRun(run, network, options);
    expect(floor).to.include({ images: 3, zero: 0 });
    expect(floor.distance!.spearman).to.be.below(0.02);
    expect(steps[0]).to.include({ from: 1, epoch: 2, images: 1 });
    expect(steps[0]!.overFloor.spearman).to.be.above(20);
    expect(Object.keys(classes)).to.deep.equal(['cat']);
  });

  it('says what is missing', async () => {
    const error = await floorOfRun(run, network, options).catch((caught: Error) => caught.message);
    expect(error).to.match(/saliency: expected the snapshots of an epoch at least, found none/);
  });
});
