import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { assignWeights } from '../../../src/models/weights/index.js';
import { needsNative } from '../../backend.js';

const MB = 2 ** 20;

describe('weights from a file', () => {
  before(needsNative);
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const arrays = (): number => process.memoryUsage().arrayBuffers / MB;
  /** Of JavaScript's arrays what is there once no more than `most` is, or garbage has been collected often enough, MB. */
  const held = async (most: number): Promise<number> => {
    // Their memory is given back beside the JavaScript thread, some time after a collection.
    for (let turn = 0; turn < 100 && (turn < 3 || arrays() > most); turn++) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return arrays();
  };

  it('are TensorFlow’s once they are assigned: no array of JavaScript’s waits for their first use', async () => {
    const [inputs, units] = [2048, 2048];
    const model = sequential({
      layers: [layers.dense({ name: 'fc', inputShape: [inputs], units, kernelInitializer: 'zeros', useBias: false })],
    }); // prettier-ignore
    const before = await held(Infinity);
    const read = () => new Float32Array(inputs * units).fill(0.5);
    const tensors = new Map([['fc.weight', { shape: [units, inputs], read }]]);
    assignWeights(model, { tensors, metadata: {} }, 'net');
    expect((await held(before + 4)) - before, '16 MB of weights').to.be.below(4);
    const sum = tf.tidy(() => (model.predict(tf.ones([1, inputs])) as tf.Tensor).dataSync()[0]);
    expect(sum).to.equal(inputs / 2);
    model.dispose();
  });
});
