import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { cpuBackend } from '../../backend.js';
import { classifier, loadModel, saveModel } from '../../../src/models/index.js';
import { inFolder, largestDifference, values, wave } from '../support.js';

const fixtures = new URL('./fixtures/', import.meta.url).pathname;
const expected = JSON.parse(readFileSync(`${fixtures}expected.json`, 'utf8')) as Record<
  string,
  { logits: number[][]; gradients: Record<string, number> }
>;
const images = () => wave([2, 16, 16, 3]);

function logitsOf(model: LayersModel): number[] {
  return values(tf.tidy(() => classifier(model).logits(images())));
}

/** The norm of the gradient of the second class's logits, for each parameter by its name in PyTorch. */
function gradients(model: LayersModel): Map<string, number> {
  const weights = model.layers.flatMap((layer) => layer.trainableWeights);
  const variables = weights.map((weight) => (weight as unknown as { val: tf.Variable }).val);
  const network = classifier(model);
  tf.engine().startScope();
  try {
    const sum = () => tf.sum<tf.Scalar>(tf.slice(network.logits(images()), [0, 1], [-1, 1]));
    const { grads } = tf.variableGrads(sum, variables);
    return new Map(
      weights.map(({ originalName }, index) => [
        originalName,
        tf.norm(grads[variables[index]!.name]!).dataSync()[0]!,
      ]),
    );
  } finally {
    tf.engine().endScope();
  }
}

describe('an ONNX classifier', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  for (const network of ['convolutions', 'transformer', 'shared']) {
    for (const exporter of ['script', 'dynamo', 'whole']) {
      it(`answers as PyTorch does (${network}, ${exporter})`, async () => {
        const { model } = await loadModel(`${fixtures}${network}-${exporter}.onnx`);
        expect(largestDifference(logitsOf(model), expected[network]!.logits.flat())).to.be.below(2e-5);
      });
    }

    it(`has PyTorch's gradient for every parameter (${network})`, async () => {
      const { model } = await loadModel(`${fixtures}${network}-whole.onnx`);
      const found = [...gradients(model).values()].sort((a, b) => a - b);
      const wanted = Object.values(expected[network]!.gradients).sort((a, b) => a - b);
      expect(found).to.have.length(wanted.length);
      found.forEach((norm, index) => expect(norm).to.be.closeTo(wanted[index]!, 1e-4 * (1 + wanted[index]!)));
    });

    it(`is the same after a checkpoint (${network})`, () =>
      inFolder(async (folder) => {
        const { model, preprocessing } = await loadModel(`${fixtures}${network}-dynamo.onnx`);
        const before = logitsOf(model);
        await saveModel(model, folder, { preprocessing });
        model.dispose();
        const { model: read } = await loadModel(folder);
        expect(logitsOf(read)).to.deep.equal(before);
        expect(gradients(read).size).to.be.above(0);
      }));
  }

  it('calls its layers by the names of the source', async () => {
    for (const exporter of ['script', 'dynamo']) {
      const { model } = await loadModel(`${fixtures}convolutions-${exporter}.onnx`);
      const names = model.layers.map(({ name }) => name);
      expect(names).to.include.members([
        'conv1',
        'grouped',
        'depthwise',
        'dilated',
        'squeeze',
        'excite',
        'fc',
      ]);
      model.dispose();
    }
  });

  it('takes pictures with the channels last and moves no pixel', async () => {
    const { model } = await loadModel(`${fixtures}convolutions-dynamo.onnx`);
    expect(model.inputs[0]!.shape).to.deep.equal([null, 16, 16, 3]);
    const moved = model.layers.filter((layer) => layer.getClassName() === 'Permute');
    // The channel shuffle alone.
    expect(moved).to.have.length.at.most(1);
  });

  it('gets a new head for other classes', async () => {
    const { model, newHead, notes } = await loadModel(`${fixtures}transformer-script.onnx`, {
      classNames: ['cat', 'dog'],
    });
    expect(newHead).to.equal(true);
    expect(model.outputs[0]!.shape).to.deep.equal([null, 2]);
    expect(notes.join()).to.contain('an ONNX file does not say how images are prepared');
  });

  it('is split at its last spatial layer', async () => {
    const { model } = await loadModel(`${fixtures}convolutions-script.onnx`);
    const network = classifier(model);
    const split = tf.tidy(() => network.head(network.activations(images())));
    expect(largestDifference(values(split), logitsOf(model))).to.be.below(1e-6);
  });
});
