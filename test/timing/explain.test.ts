import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../backend.js';
import { benchExplain, type BenchExplainOptions } from '../../src/timing/index.js';
import { measure } from '../../src/timing/measure.js';
import { fakeClassifier } from '../explain/fake-classifier.js';

const options: BenchExplainOptions = {
  batch: 2,
  size: 8,
  precision: 'float32',
  computedIn: 'float32',
  device: 'cpu',
  repeats: 2,
};
const setting = { batch: 2, size: 8, precision: 'float32', device: 'cpu' };

async function calls(
  repeats: number,
  patienceMs?: number,
  step: () => void = () => undefined,
): Promise<number> {
  let count = 0;
  await measure('test', { images: 1, repeats, patienceMs, setting }, () => {
    count++;
    step();
  });
  return count;
}

describe('measure', () => {
  it('warms up twice, then calls as often as it is asked to', async () => {
    expect(await calls(3)).to.equal(5);
  });

  it('does not call again what has taken too long', async () => {
    expect(await calls(3, 0)).to.equal(1);
    const { msPerImage, firstCallMs } = await measure(
      'test',
      { images: 4, repeats: 3, patienceMs: 0, setting },
      () => undefined,
    );
    expect(msPerImage).to.equal(firstCallMs / 4);
  });

  it('counts the second call where there is no third one', async () => {
    const { now } = performance;
    let clock = 0;
    performance.now = () => clock;
    try {
      expect(await calls(3, 30, () => void (clock += 20))).to.equal(2);
    } finally {
      performance.now = now;
    }
  });
});

describe('benchExplain', () => {
  before(cpuBackend);

  it('times a method and says what an image costs in passes', async () => {
    const timing = await benchExplain(fakeClassifier(), 'group-cam', { groups: 3 }, options);
    expect(timing).to.include({ what: 'explain', method: 'group-cam', batch: 2, size: 8, queries: 5 });
    expect(timing.options).to.deep.equal({ groups: 3 });
    expect(timing.msPerImage).to.be.above(0);
    expect(timing.imagesPerSecond * timing.msPerImage).to.be.closeTo(1000, 1e-6);
    expect(timing.backend).to.equal('cpu');
  });

  it('asks the network as often as it says: every query once, for each image and call', async () => {
    let images = 0;
    const network = fakeClassifier({
      logits: (x) => {
        images += x.shape[0];
        return tf.mean(x, [1, 2]);
      },
    });
    const { queries } = await benchExplain(network, 'rise', { masks: 5, gridSize: 2 }, options);
    expect(queries).to.equal(6);
    const [callsMade, batch] = [4, 2];
    expect(images).to.equal(callsMade * batch * queries);
  });

  it('leaves no tensor behind, also where the method fails', async () => {
    const before = tf.memory().numTensors;
    await benchExplain(fakeClassifier(), 'grad-cam', {}, options);
    expect(tf.memory().numTensors).to.equal(before);
    const failed = await benchExplain(fakeClassifier(), 'rise', { masks: 0 }, options).catch(
      (error: Error) => error.message,
    );
    expect(failed).to.equal('masks: expected an integer, 1 or more, found 0');
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('names what is near to a wrong method or option', async () => {
    const message = (name: string, settings = {}) =>
      benchExplain(fakeClassifier(), name, settings, options).catch((error: Error) => error.message);
    expect(await message('gradcam')).to.match(/near it: grad-cam/);
    expect(await message('rise', { mask: 1 })).to.match(/near it: masks/);
  });
});
