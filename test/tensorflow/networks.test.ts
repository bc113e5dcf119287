import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { needsNative } from '../backend.js';
import { batchNormTraining, compile } from '../../src/tensorflow/index.js';
import { compiledDifference, difference, failure, flatMemory, values, wave } from './support.js';

const LIMIT = 1e-6;
/** Rounding that differs grows over training steps. */
const AFTER_STEPS = 1e-5;

describe('compile on networks and their training', () => {
  before(needsNative);
  const owned = flatMemory();

  const weight = (shape: number[], seed: number): tf.Variable => owned(tf.tidy(() => tf.variable(tf.mul(wave(shape, seed), 0.3)))); // prettier-ignore

  /** Variables after several calls of a step, eager against compiled, from the same start. */
  const sameTraining = (variables: tf.Variable[], step: () => tf.Tensor, calls: number): number => {
    const start = variables.map((variable) => owned(tf.mul(variable, 1)));
    const run = (once: () => tf.Tensor): { losses: number[]; ends: tf.Tensor[] } => {
      variables.forEach((variable, i) => variable.assign(start[i] as tf.Variable));
      const losses = Array.from({ length: calls }, () => values(owned(once()))[0]!);
      return { losses, ends: variables.map((variable) => owned(tf.mul(variable, 1))) };
    };
    const eager = run(() => tf.tidy(step));
    const compiled = owned(compile(() => tf.tidy(step)));
    const graph = run(compiled);
    expect(compiled.traces()).to.equal(1);
    expect(eager.losses.at(-1)).to.be.below(eager.losses[0]!);
    graph.losses.forEach((loss, i) =>
      expect(loss).to.be.closeTo(eager.losses[i]!, 1e-5 * Math.abs(eager.losses[i]!)),
    );
    return Math.max(...graph.ends.map((end, i) => difference(end, eager.ends[i]!)));
  };

  it('a transformer block trains as it does eagerly', () => {
    const [tokens, width, heads] = [6, 8, 2];
    const w = [[width, 3 * width], [width, width], [width, 4 * width], [4 * width, width], [width], [width]].map(weight); // prettier-ignore
    const [qkv, out, up, down, gain, bias] = w as [tf.Variable, tf.Variable, tf.Variable, tf.Variable, tf.Variable, tf.Variable]; // prettier-ignore
    const norm = (x: tf.Tensor): tf.Tensor => {
      const { mean, variance } = tf.moments(x, -1, true);
      return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), tf.add(gain, 1)), bias);
    };
    const gelu = (x: tf.Tensor): tf.Tensor =>
      tf.mul(tf.mul(x, 0.5), tf.add(1, tf.erf(tf.div(x, Math.SQRT2))));
    const dense = (x: tf.Tensor, kernel: tf.Tensor): tf.Tensor =>
      tf.reshape(tf.matMul(tf.reshape(x, [-1, x.shape.at(-1)!]), kernel as tf.Tensor2D), [...x.shape.slice(0, -1), kernel.shape[1]!]); // prettier-ignore
    const attention = (x: tf.Tensor): tf.Tensor => {
      const split = tf.transpose(
        tf.reshape(dense(x, qkv), [-1, tokens, 3, heads, width / heads]),
        [2, 0, 3, 1, 4],
      );
      const [q, k, v] = tf.unstack(split) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const weights = tf.softmax(tf.div(tf.matMul(q, k, false, true), Math.sqrt(width / heads)));
      return dense(tf.reshape(tf.transpose(tf.matMul(weights, v), [0, 2, 1, 3]), [-1, tokens, width]), out);
    };
    const block = (x: tf.Tensor): tf.Tensor => {
      const attended = tf.add(x, attention(norm(x)));
      return tf.add(attended, dense(gelu(dense(norm(attended), up)), down));
    };
    const x = owned(wave([3, tokens, width], 9));
    const target = owned(wave([3, tokens, width], 10));
    expect(compiledDifference(block, [x])).to.be.at.most(LIMIT);
    const step = (): tf.Tensor => {
      const { value, grads } = tf.variableGrads(
        () => tf.losses.meanSquaredError<tf.Tensor, tf.Scalar>(target, block(x)),
        w,
      );
      w.forEach((variable) => variable.assign(tf.sub(variable, tf.mul(grads[variable.name]!, 0.1))));
      return value;
    };
    expect(sameTraining(w, step, 10)).to.be.at.most(AFTER_STEPS);
  });

  it('a network with batch norm in training mode keeps its running statistics', () => {
    const [kernel, head] = [weight([3, 3, 3, 5], 1), weight([5, 2], 2)];
    const [gamma, beta] = [owned(tf.tidy(() => tf.variable(tf.ones([5])))), owned(tf.tidy(() => tf.variable(tf.zeros([5]))))]; // prettier-ignore
    const mean = owned(tf.tidy(() => tf.variable(tf.zeros([5]), false)));
    const variance = owned(tf.tidy(() => tf.variable(tf.ones([5]), false)));
    const trained = [kernel, head, gamma, beta] as tf.Variable[];
    const x = owned(wave([8, 6, 6, 3], 5) as tf.Tensor4D);
    const labels = owned(tf.tidy(() => tf.oneHot(tf.tensor1d([0, 1, 0, 1, 0, 1, 0, 1], 'int32'), 2)));
    const running = (statistic: tf.Variable, value: tf.Tensor): void =>
      statistic.assign(tf.add(tf.mul(statistic, 0.9), tf.mul(value, 0.1)));
    const step = (): tf.Tensor => {
      const { value, grads } = tf.variableGrads(() => {
        const features = tf.conv2d(x, kernel as unknown as tf.Tensor4D, 2, 'same');
        const norm = batchNormTraining(
          features,
          gamma as unknown as tf.Tensor1D,
          beta as unknown as tf.Tensor1D,
          1e-5,
        );
        running(mean, norm.mean);
        running(variance, norm.variance);
        const logits = tf.matMul(tf.mean<tf.Tensor2D>(tf.relu(norm.y), [1, 2]), head);
        return tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(labels, logits);
      }, trained);
      trained.forEach((variable) => variable.assign(tf.sub(variable, tf.mul(grads[variable.name]!, 0.5))));
      return value;
    };
    expect(sameTraining([...trained, mean, variance], step, 10)).to.be.at.most(AFTER_STEPS);
    expect(Math.max(...values(mean).map(Math.abs))).to.be.above(0.001);
  });

  /** Momentum optimizers of tfjs forget to dispose of one scalar. */
  const withLearningRate = (optimizer: tf.MomentumOptimizer): tf.Optimizer => {
    owned((optimizer as unknown as { c: tf.Scalar }).c);
    return optimizer;
  };
  const optimizers = {
    sgd: () => tf.train.sgd(0.1),
    momentum: () => withLearningRate(tf.train.momentum(0.05, 0.9)),
    nesterov: () => withLearningRate(tf.train.momentum(0.05, 0.9, true)),
    adam: () => tf.train.adam(0.02),
    adamax: () => tf.train.adamax(0.02),
    rmsprop: () => tf.train.rmsprop(0.01, 0.9, 0.5),
    adagrad: () => tf.train.adagrad(0.1),
    adadelta: () => tf.train.adadelta(1),
  };
  for (const [name, make] of Object.entries(optimizers)) {
    it(`tf.train.${name}.minimize trains as it does eagerly; slots are made at the first call`, () => {
      const w = weight([4, 3], 1);
      const x = owned(wave([5, 4], 2)) as tf.Tensor2D;
      const target = owned(wave([5, 3], 3));
      const loss = (): tf.Scalar =>
        tf.losses.meanSquaredError(target, tf.matMul(x, w as unknown as tf.Tensor2D));
      const start = owned(tf.mul(w, 1));
      const run = (wrap: (step: () => tf.Tensor) => () => tf.Tensor): number[] => {
        w.assign(start);
        const optimizer = owned(make());
        const once = wrap(() => optimizer.minimize(loss, true, [w])!);
        return [...Array.from({ length: 6 }, () => values(owned(once()))[0]!), ...values(w)];
      };
      const eager = run((step) => () => tf.tidy(step));
      const graph = run((step) => owned(compile(() => tf.tidy(step))));
      expect(eager[5]).to.be.below(eager[0]!);
      graph.forEach((value, i) => expect(value).to.be.closeTo(eager[i]!, 2e-5));
    });
  }

  it('a LayersModel predicts and applies as it does eagerly', () => {
    const model = layers.sequential();
    model.add(layers.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [8, 8, 3], activation: 'relu' }));
    model.add(layers.layers.batchNormalization());
    model.add(layers.layers.globalAveragePooling2d({}));
    model.add(layers.layers.dropout({ rate: 0.5 }));
    model.add(layers.layers.dense({ units: 3, activation: 'softmax' }));
    owned({ dispose: () => void model.dispose() });
    const x = owned(wave([2, 8, 8, 3]));
    expect(compiledDifference((x: tf.Tensor) => model.predict(x), [x])).to.be.at.most(LIMIT);
    expect(compiledDifference((x: tf.Tensor) => model.apply(x, { training: false }), [x])).to.be.at.most(
      LIMIT,
    );
    const [, norm] = model.layers;
    const before = values(norm!.getWeights()[2]!);
    const train = owned(
      compile((x: tf.Tensor) => tf.tidy(() => model.apply(x, { training: true }) as tf.Tensor)),
    );
    const [first, second] = [values(owned(train(x))), values(owned(train(x)))];
    expect(first).to.not.deep.equal(second);
    expect(values(norm!.getWeights()[2]!)).to.not.deep.equal(before);
  });

  it('LayersModel.trainOnBatch, which is asynchronous, is refused', () => {
    const model = layers.sequential({ layers: [layers.layers.dense({ units: 1, inputShape: [2] })] });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const x = owned(wave([4, 2]));
    const y = owned(wave([4, 1]));
    expect(failure(owned(compile(() => model.trainOnBatch(x, y))))).to.match(/async/);
    model.dispose();
  });
});
