import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cpuBackend } from '../../backend.js';
import { classifier, loadModel, saveModel } from '../../../src/models/index.js';
import { recognize } from '../../../src/models/networks/index.js';
import { readSafetensors, torchParameters } from '../../../src/models/weights/index.js';
import { inFolder, largestDifference, values, wave } from '../support.js';

interface Expected {
  side: number;
  logits: number[];
  /** The norm of each gradient of the mean cross-entropy with labels 0 and 2. */
  gradients: Record<string, number>;
}

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const all = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as Record<string, Expected>;
const inner = (variable: LayerVariable) => (variable as unknown as { val: tf.Variable }).val;

describe('networks beside PyTorch’s', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  for (const [name, expected] of Object.entries(all)) {
    it(`${name}: logits, and the gradient of every weight`, async () => {
      const path = fixture(`${name}.safetensors`);
      const { model } = await loadModel(path);
      const network = classifier(model);
      const x = wave([2, expected.side, expected.side, 3]);
      const largest = Math.max(...expected.logits.map(Math.abs));
      expect(largestDifference(values(network.logits(x)), expected.logits)).to.be.below(1e-4 * largest);

      const { source } = recognize(readSafetensors(readFileSync(path), path), path);
      const parameters = torchParameters(model, source.names).filter(({ variable }) => variable.trainable);
      const loss = () => {
        const labels = tf.oneHot(tf.tensor1d([0, 2], 'int32'), 3);
        return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(network.logits(x)), labels), 1))) as tf.Scalar;
      };
      const { grads } = tf.variableGrads(
        loss,
        parameters.map(({ variable }) => inner(variable)),
      );
      const total = Math.hypot(...Object.values(expected.gradients));
      for (const { names, variable } of parameters) {
        const norm = Math.hypot(...names.map((each) => expected.gradients[each] ?? NaN));
        const found = Math.sqrt(values(tf.sum(tf.square(grads[inner(variable).name]!)))[0]!);
        expect(Math.abs(found - norm), names[0]).to.be.below(1e-3 * norm + 1e-6 * total);
      }
    });
  }

  it('are saved and read with their own layers', () =>
    inFolder(async (folder) => {
      const { model } = await loadModel(fixture('timm-vit.safetensors'));
      await saveModel(model, folder);
      const again = await loadModel(folder);
      const x = wave([1, 16, 16, 3]);
      const [before, after] = [model, again.model].map((each) => values(each.predict(x) as tf.Tensor));
      expect(after).to.deep.equal(before);
    }));
});
