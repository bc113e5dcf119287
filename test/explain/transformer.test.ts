import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { cpuBackend } from '../backend.js';
import { ablationCam, compiledClassifier, gradCam, groupCam, reciproCam } from '../../src/explain/index.js';
import { architectureOf, classifier } from '../../src/models/index.js';
import { difference } from './goldens.js';

/** A transformer of three blocks with a class token and two registers, four by four patches. */
function transformer() {
  const { architecture, config } = architectureOf('vit_small_patch14_reg4_dinov2');
  const tiny = { patch: 4, grid: 4, width: 8, depth: 3, heads: 2, hidden: 16, registers: 2 };
  return classifier(architecture.build({ ...config, ...tiny }, { classes: 3, seed: 2 }));
}

const images = () =>
  tf.tensor4d(
    Float32Array.from({ length: 2 * 16 * 16 * 3 }, (_, i) => Math.sin(1 + 1.7 * i)),
    [2, 16, 16, 3],
  );

describe('maps of a vision transformer', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  it('look at the patches that the last block’s attention sees, without class token and registers', () => {
    const network = transformer();
    expect([network.layer, network.bypassed]).to.deep.equal(['blocks_2_grid', true]);
    const { activations, bypass } = network.split!(images());
    expect(activations.shape).to.deep.equal([2, 4, 4, 8]);
    const tokens = bypass.find(({ shape }) => shape[1] === 19)!;
    expect(tokens.shape).to.deep.equal([2, 19, 8]);
    expect(
      difference(network.head(activations, bypass).dataSync(), network.logits(images()).dataSync()),
    ).to.be.below(1e-6);
  });

  it('Grad-CAM is the activations weighed by the mean gradient of the class’s logit', () => {
    const network = transformer();
    const x = images();
    const { activations, bypass } = network.split!(x);
    const score = (a: tf.Tensor) => tf.sum(tf.slice(network.head(a as tf.Tensor4D, bypass), [0, 1], [-1, 1]));
    const weights = tf.mean(tf.grad(score)(activations), [1, 2], true);
    const expected = tf.relu(tf.sum(tf.mul(activations, weights), 3));
    const { raw } = gradCam(network, x, { target: 1, chunk: 1 });
    expect(Math.max(...expected.dataSync())).to.be.above(0);
    expect(difference(raw.dataSync(), expected.dataSync())).to.be.below(1e-6);
    const compiled = compiledClassifier(network);
    expect(difference(gradCam(compiled, x, { target: 1 }).raw.dataSync(), expected.dataSync())).to.be.below(
      1e-6,
    );
    compiled.dispose();
  });

  it('methods that change activations hand on what leads past them', () => {
    const network = transformer();
    const x = images();
    for (const method of [ablationCam, reciproCam, groupCam] as const) {
      const [both, second] = [x, tf.slice(x, [1, 0, 0, 0], [1, -1, -1, -1])].map((each) =>
        method(network, each, { target: 1, chunk: 3 }),
      );
      expect(both!.map.shape).to.deep.equal([2, 16, 16]);
      // Each image with its own.
      const last = tf.slice(both!.raw, [1, 0, 0], [1, -1, -1]);
      expect(difference(last.dataSync(), second!.raw.dataSync())).to.be.below(1e-5);
    }
  });
});
