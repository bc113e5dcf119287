import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { assignWeights } from '../../../src/models/weights/index.js';
import { needsNative } from '../../backend.js';
import { collectUntil } from '../../garbage.js';

const MB = 2 ** 20;

describe('weights from a file', () => {
  before(needsNative);
  /** Of JavaScript's arrays, MB. */
  const arrays = (): number => process.memoryUsage().arrayBuffers / MB;

  it('are TensorFlow’s once they are assigned: no array of JavaScript’s waits for their first use', async () => {
    const [inputs, units] = [2048, 2048];
    const model = sequential({
      layers: [layers.dense({ name: 'fc', inputShape: [inputs], units, kernelInitializer: 'zeros', useBias: false })],
    }); // prettier-ignore
    // What earlier tests have left goes first: it would hide what is held here.
    await collectUntil(() => true, 3);
    const before = arrays();
    const read = () => new Float32Array(inputs * units).fill(0.5);
    const tensors = new Map([['fc.weight', { shape: [units, inputs], read }]]);
    assignWeights(model, { tensors, metadata: {} }, 'net');
    await collectUntil(() => arrays() - before < 4, 3);
    expect(arrays() - before, '16 MB of weights').to.be.below(4);
    const sum = tf.tidy(() => (model.predict(tf.ones([1, inputs])) as tf.Tensor).dataSync()[0]);
    expect(sum).to.equal(inputs / 2);
    model.dispose();
  });
});
