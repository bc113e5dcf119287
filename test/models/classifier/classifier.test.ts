import * as tf from '@tensorflow/tfjs-core';
import {
  initializers,
  input,
  layers,
  model,
  sequential,
  type Sequential,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { cpuBackend } from '../../backend.js';
import { classifier } from '../../../src/models/index.js';
import { failure, largestDifference, values, wave } from '../support.js';

/** input 6×6×2 → conv (relu) → batch norm → conv → pooling → dense */
function small(ending: Parameters<typeof layers.dense>[0]['activation'] = 'linear'): Sequential {
  const net = sequential();
  const kernelInitializer = initializers.heNormal({ seed: 3 });
  const shape = { kernelInitializer, activation: 'relu' as const };
  net.add(layers.conv2d({ name: 'first', filters: 3, kernelSize: 3, inputShape: [6, 6, 2], ...shape }));
  net.add(layers.batchNormalization({ name: 'norm', momentum: 0.9, epsilon: 1e-3 }));
  net.add(layers.conv2d({ name: 'second', filters: 4, kernelSize: 2, ...shape }));
  net.add(layers.globalAveragePooling2d({ name: 'pool' }));
  net.add(layers.dense({ name: 'out', units: 3, kernelInitializer, activation: ending }));
  return net;
}

const images = () => wave([2, 6, 6, 2]);
const apply = (layer: layers.Layer, ...given: SymbolicTensor[]) =>
  layer.apply(given.length === 1 ? given[0]! : given) as SymbolicTensor;

describe('classifier', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  it('takes a batch norm of tf.keras, whose axis is a list, for inference and for training', () => {
    const given = small();
    const norm = given.getLayer('norm') as unknown as { axis: number | number[] };
    const [before, training] = [
      classifier(given).logits(images()),
      classifier(given).trainingLogits(images()),
    ];
    norm.axis = [3];
    const tolerance = 1e-6;
    expect(
      largestDifference(values(classifier(given).trainingLogits(images())), values(training)),
    ).to.be.below(tolerance);
    given.getLayer('norm').setWeights(small().getLayer('norm').getWeights());
    expect(largestDifference(values(classifier(given).logits(images())), values(before))).to.be.below(
      tolerance,
    );
    norm.axis = [1, 2, 3];
    expect(() => classifier(given).logits(images())).to.throw(
      'layer norm: expected batch normalization over the last axis, found axis 1,2,3',
    );
  });

  it('gives the logits of the model', () => {
    const net = small();
    const expected = values(net.predict(images()) as tf.Tensor);
    expect(largestDifference(values(classifier(net).logits(images())), expected)).to.be.below(1e-6);
    expect(new Set(expected).size).to.equal(6);
  });

  it('looks at the last layer with spatial output, before the pooling', () => {
    const { layer, classes, inputShape, notes } = classifier(small());
    expect({ layer, classes, inputShape, notes }).to.deep.equal({
      layer: 'second',
      classes: 3,
      inputShape: [6, 6, 2],
      notes: [],
    });
  });

  for (const ending of ['softmax', 'sigmoid'] as const) {
    it(`leaves out a ${ending} in the last layer, says so, and leaves the model as it is`, () => {
      const net = small(ending);
      const probabilities = values(net.predict(images()) as tf.Tensor);
      const seen = classifier(net);
      const logits = seen.logits(images());
      expect(seen.notes).to.deep.equal([`${ending} of layer 'out' left out to get logits`]);
      expect(seen.probability).to.equal(ending);
      expect(largestDifference(values(seen.probabilities(logits)), probabilities)).to.be.below(1e-6);
      expect(largestDifference(values(logits), probabilities)).to.be.above(0.1);
      expect(largestDifference(values(net.predict(images()) as tf.Tensor), probabilities)).to.equal(0);
    });
  }

  for (const [name, end] of Object.entries({
    Activation: () => layers.activation({ activation: 'softmax', name: 'probs' }),
    Softmax: () => layers.softmax({ name: 'probs' }),
  })) {
    it(`leaves out a softmax that is a layer of its own (${name})`, () => {
      const net = small();
      const logits = values(net.predict(images()) as tf.Tensor);
      net.add(end());
      const seen = classifier(net);
      expect(seen.notes).to.deep.equal(["softmax of layer 'probs' left out to get logits"]);
      expect(largestDifference(values(seen.logits(images())), logits)).to.be.below(1e-6);
    });
  }

  it('takes one output as the logit of a sigmoid', () => {
    const net = small();
    net.add(layers.dense({ units: 1, activation: 'sigmoid', name: 'yes' }));
    const seen = classifier(net);
    expect([seen.probability, seen.classes]).to.deep.equal(['sigmoid', 1]);
    const expected = values(net.predict(images()) as tf.Tensor);
    const found = values(tf.tidy(() => seen.probabilities(seen.logits(images()))));
    expect(largestDifference(found, expected)).to.be.below(1e-6);
  });

  for (const layer of ['first', 'norm', 'second']) {
    it(`splits the network at '${layer}'`, () => {
      const net = small('softmax');
      const seen = classifier(net, { layer });
      const expected = model({ inputs: net.inputs, outputs: net.getLayer(layer).output });
      const activations = seen.activations(images());
      expect(
        largestDifference(activations.dataSync(), values(expected.predict(images()) as tf.Tensor)),
      ).to.be.below(1e-6);
      expect(largestDifference(values(seen.head(activations)), values(seen.logits(images())))).to.be.below(
        1e-6,
      );
    });
  }

  it('sees into models inside models, and through shared layers, sums and concatenations', () => {
    const inner = input({ shape: [6, 6, 2] });
    const shared = layers.conv2d({ name: 'shared', filters: 2, kernelSize: 3, padding: 'same' });
    const once = apply(shared, inner);
    const twice = apply(shared, once);
    const joined = apply(layers.concatenate({ name: 'joined' }), apply(layers.add(), once, twice), twice);
    const backbone = model({ inputs: inner, outputs: joined, name: 'backbone' });
    const net = sequential();
    const outer = input({ shape: [6, 6, 2] });
    const x = apply(layers.averagePooling2d({ poolSize: 2 }), apply(backbone, outer));
    const wrapped = model({ inputs: outer, outputs: apply(layers.flatten(), x), name: 'wrapped' });
    net.add(wrapped);
    net.add(layers.dense({ units: 3 }));
    const seen = classifier(net);
    expect(seen.layer).to.equal('joined');
    expect(
      largestDifference(values(seen.logits(images())), values(net.predict(images()) as tf.Tensor)),
    ).to.be.below(1e-6);
    const activations = seen.activations(images());
    expect(activations.shape).to.deep.equal([2, 6, 6, 4]);
    expect(largestDifference(values(seen.head(activations)), values(seen.logits(images())))).to.be.below(
      1e-6,
    );
  });

  it('takes a model of its own with a new head, as in transfer learning', () => {
    const base = small();
    const features = base.getLayer('second').output as SymbolicTensor;
    const logits = apply(layers.dense({ units: 2 }), apply(layers.flatten(), features));
    const net = model({ inputs: base.inputs, outputs: logits });
    expect(
      largestDifference(values(classifier(net).logits(images())), values(net.predict(images()) as tf.Tensor)),
    ).to.be.below(1e-6);
  });

  it('gives gradients to the images, the activations and the variables', () => {
    const net = small();
    const seen = classifier(net);
    const sum = (x: tf.Tensor) => tf.sum(seen.logits(x as tf.Tensor4D));
    const x = images();
    const gradient = values(tf.grad(sum)(x));
    const step = 1e-2;
    const data = x.dataSync().slice();
    const at = (change: number) => {
      const moved = data.slice();
      moved[31]! += change;
      return values(sum(tf.tensor(moved, x.shape)))[0]!;
    };
    expect(gradient[31]).to.be.closeTo((at(step) - at(-step)) / (2 * step), 1e-3);
    expect(Math.abs(gradient[31]!)).to.be.above(1e-4);
    const { grads } = tf.variableGrads(() => tf.sum<tf.Scalar>(seen.logits(images())));
    expect(Object.values(grads).map(({ shape }) => shape)).to.have.length(net.trainableWeights.length);
  });

  it('trains with the statistics of the batch and moves the running ones as PyTorch does', () => {
    const net = sequential();
    net.add(layers.batchNormalization({ name: 'norm', momentum: 0.9, epsilon: 0, inputShape: [2, 1, 1] }));
    net.add(layers.flatten());
    const seen = classifier(net, { layer: 'norm' });
    const x = tf.tensor4d([1, 3, 5, 7], [2, 2, 1, 1]); // mean 4, variance 5, unbiased 20/3
    const expected = [-3, -1, 1, 3].map((value) => value / Math.sqrt(5));
    expect(largestDifference(values(seen.trainingLogits(x)), expected)).to.be.below(1e-5);
    const [, , mean, variance] = net.getWeights().map((weight) => weight.dataSync()[0]!);
    expect(mean).to.be.closeTo(0.1 * 4, 1e-6);
    expect(variance).to.be.closeTo(0.9 + 0.1 * (20 / 3), 1e-6);
  });

  it('leaves frozen batch norms alone', () => {
    const net = small();
    const seen = classifier(net);
    const before = net.getWeights().map((weight) => weight.dataSync().slice());
    const frozen = values(seen.trainingLogits(images(), { frozen: (name) => name === 'norm' }));
    expect(largestDifference(frozen, values(seen.logits(images())))).to.be.below(1e-6);
    expect(net.getWeights().map((weight) => weight.dataSync().slice())).to.deep.equal(before);
    expect(largestDifference(values(seen.trainingLogits(images())), frozen)).to.be.above(1e-3);
  });

  it('takes batch norms without scale, without shift, and behind dense layers', () => {
    const net = sequential();
    net.add(layers.conv2d({ name: 'conv', filters: 2, kernelSize: 3, inputShape: [6, 6, 2] }));
    net.add(layers.batchNormalization({ scale: false }));
    net.add(layers.batchNormalization({ center: false }));
    net.add(layers.flatten());
    net.add(layers.dense({ units: 3 }));
    net.add(layers.batchNormalization({ epsilon: 1e-9 }));
    const seen = classifier(net, { layer: 'conv' });
    expect(
      largestDifference(values(seen.logits(images())), values(net.predict(images()) as tf.Tensor)),
    ).to.be.below(1e-5);
    const trained = values(seen.trainingLogits(images()));
    // Two images: every column is normalized to ±1.
    for (const column of [0, 1, 2]) expect(trained[column]! + trained[column + 3]!).to.be.closeTo(0, 1e-5);
    for (const value of trained) expect(Math.abs(value)).to.be.within(0.99, 1.001);
  });

  it('drops out in training only', () => {
    const net = sequential();
    net.add(layers.conv2d({ name: 'conv', filters: 2, kernelSize: 1, inputShape: [2, 2, 2] }));
    net.add(layers.flatten());
    net.add(layers.dropout({ rate: 0.5 }));
    const seen = classifier(net);
    const x = tf.ones<tf.Rank.R4>([8, 2, 2, 2]);
    expect(values(seen.logits(x)).filter((value) => value === 0)).to.have.length(0);
    expect(values(seen.trainingLogits(x)).filter((value) => value === 0).length).to.be.within(8, 56);
  });

  it('leaves no tensor behind', () => {
    const seen = classifier(small('softmax'));
    const x = images();
    const step = () => {
      seen.logits(x).dispose();
      const activations = seen.activations(x);
      seen.head(activations).dispose();
      activations.dispose();
      seen.trainingLogits(x).dispose();
    };
    step();
    const { numTensors } = tf.memory();
    step();
    expect(tf.memory().numTensors).to.equal(numTensors);
  });

  it('says which layers are near when a name is wrong', async () => {
    expect(await failure(() => classifier(small(), { layer: 'secnd' }))).to.equal(
      'layer: expected the name of a layer with spatial output, or its beginning, found "secnd"; ' +
        'near it: second, first, norm; from the last on: second, norm, first',
    );
  });

  it('takes the beginning of a layer name that no other layer has', () => {
    expect(classifier(small(), { layer: 'sec' }).layer).to.equal('second');
    expect(() => classifier(small(), { layer: '' })).to.throw(/so begin .*second/);
  });

  it('refuses a layer without spatial output', async () => {
    expect(await failure(() => classifier(small(), { layer: 'pool' }))).to.contain("'pool' with [null,4]");
  });

  it('refuses the head of a layer that another branch bypasses, and gives its activations', async () => {
    const image = input({ shape: [6, 6, 2] });
    const branch = apply(
      layers.conv2d({ name: 'branch', filters: 2, kernelSize: 3, padding: 'same' }),
      image,
    );
    const sum = apply(layers.add({ name: 'sum' }), branch, image);
    const net = model({ inputs: image, outputs: apply(layers.globalAveragePooling2d({}), sum) });
    expect(classifier(net).layer).to.equal('sum');
    const seen = classifier(net, { layer: 'branch' });
    const activations = seen.activations(images());
    expect(activations.shape).to.deep.equal([2, 6, 6, 2]);
    expect(await failure(() => seen.head(activations))).to.contain("'branch', which another branch bypasses");
    const { activations: same, bypass } = seen.split!(images());
    expect(largestDifference(values(same), activations.dataSync())).to.equal(0);
    expect(bypass.map(({ shape }) => shape)).to.deep.equal([[2, 6, 6, 2]]);
    const logits = values(seen.logits(images()));
    expect(largestDifference(values(seen.head(activations, bypass)), logits)).to.be.below(1e-6);
  });

  it('refuses images of another size, models of another form and a wrong number of names', async () => {
    const wrong = tf.zeros<tf.Rank.R4>([1, 5, 6, 2]);
    expect(await failure(() => classifier(small()).logits(wrong))).to.equal(
      'images: expected a tensor [N, 6, 6, 2], found [1,5,6,2]',
    );
    expect(await failure(() => classifier(small(), { classNames: ['a'] }))).to.contain('3 names');
    const flat = sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })] });
    expect(await failure(() => classifier(flat))).to.contain('input [N, H, W, C]');
  });
});
