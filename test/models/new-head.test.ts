import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { classifier, withNewHead } from '../../src/models/index.js';
import { reorderOutputs } from '../../src/models/new-head.js';
import { values, wave } from './support.js';
import { cpuBackend } from '../backend.js';

/** Networks that end in a 1×1 convolution: as SqueezeNet, where pooling follows, and as Keras's MobileNet. */
const endings = {
  SqueezeNet: () => [
    layers.conv2d({ filters: 4, kernelSize: 1, activation: 'linear', name: 'scores' }),
    layers.reLU(),
    layers.globalAveragePooling2d({}),
    layers.softmax(),
  ],
  MobileNet: () => [
    layers.globalAveragePooling2d({}),
    layers.reshape({ targetShape: [1, 1, 6] }),
    layers.conv2d({ filters: 4, kernelSize: 1, useBias: false, name: 'scores' }),
    layers.reshape({ targetShape: [4] }),
    layers.activation({ activation: 'softmax' }),
  ],
};

describe('a head of other classes', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  for (const [kind, ending] of Object.entries(endings)) {
    const made = () =>
      sequential({
        layers: [
          layers.conv2d({ inputShape: [6, 6, 3], filters: 6, kernelSize: 3, name: 'first' }),
          ...ending(),
        ],
      });

    it(`replaces the 1×1 convolution that a network ends in: ${kind}`, () => {
      const model = made();
      const before = Array.from(model.getLayer('first').getWeights()[0]!.dataSync());
      const renewed = withNewHead(model, 7, 1);
      expect(renewed.outputs[0]!.shape).to.deep.equal([null, 7]);
      const head = renewed.getLayer('scores');
      expect(head.weights.map(({ shape }) => shape)).to.deep.equal(
        kind === 'SqueezeNet' ? [[1, 1, 6, 7], [7]] : [[1, 1, 6, 7]],
      );
      expect(Array.from(renewed.getLayer('first').getWeights()[0]!.dataSync())).to.deep.equal(before);
      const x = wave([2, 6, 6, 3]);
      const found = values(renewed.predict(x) as tf.Tensor);
      expect(new Set(found.map((value) => value.toFixed(6))).size).to.be.above(7);
      // What stood between scores and logits still does.
      const features = classifier(renewed, { layer: 'first' }).activations(x);
      const kernel = tf.reshape(head.getWeights()[0]!, [6, 7]);
      const each = tf.matMul(tf.reshape(features, [-1, 6]), kernel);
      const scores = kind === 'SqueezeNet' ? tf.relu(each) : each;
      const expected = values(tf.mean(tf.reshape(scores, [2, 16, 7]), 1));
      found.forEach((value, index) => expect(value).to.be.closeTo(expected[index]!, 1e-5));
    });

    it(`puts its outputs in another order: ${kind}`, () => {
      const model = made();
      const x = wave([1, 6, 6, 3]);
      const before = values(model.predict(x) as tf.Tensor);
      reorderOutputs(model, [2, 0, 3, 1]);
      const after = values(model.predict(x) as tf.Tensor);
      expect(after.map((value) => value.toFixed(6))).to.deep.equal(
        [2, 0, 3, 1].map((at) => before[at]!.toFixed(6)),
      );
    });
  }

  it('is refused where a network ends otherwise', () => {
    const model = sequential({
      layers: [
        layers.conv2d({ inputShape: [6, 6, 3], filters: 4, kernelSize: 3, name: 'wide' }),
        layers.globalAveragePooling2d({}),
      ],
    });
    expect(() => withNewHead(model, 3)).to.throw(
      `model: expected a dense layer or a 1×1 convolution at its end, found Conv2D 'wide'`,
    );
  });
});
