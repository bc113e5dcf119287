import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { needsNative } from '../backend.js';
import { batchNormInference, compile } from '../../src/tensorflow/index.js';
import { foldableBatchNorms } from '../../src/tensorflow/native/graph/fusions/fold-batch-norm.js';
import type { Node } from '../../src/tensorflow/native/trace/recording.js';
import { difference, flatMemory, positive, wave } from './support.js';

type Images = tf.Tensor4D;

describe('batch norms folded into convolutions', () => {
  before(needsNative);
  const owned = flatMemory();

  const norm = (channels: number): ((x: Images) => Images) => {
    const [gamma, beta, mean] = [1, 2, 3].map((seed) => owned(wave([channels], seed)) as tf.Tensor1D);
    const variance = owned(positive([channels], 4)) as tf.Tensor1D;
    return (x: Images) => batchNormInference(x, gamma!, beta!, mean!, variance, 1e-3);
  };
  const sameAsEager = (fn: (x: Images) => tf.Tensor | tf.Tensor[], x: Images): void => {
    const tidy = (x: Images) => tf.tidy(() => fn(x));
    const eager = [tidy(x)].flat().map((tensor) => owned(tensor));
    const compiled = [owned(compile(tidy))(x)].flat().map((tensor) => owned(tensor));
    expect(compiled.length).to.equal(eager.length);
    compiled.forEach((tensor, index) => expect(difference(tensor, eager[index]!)).to.be.below(1e-6));
  };
  const x = () => owned(wave([2, 9, 8, 3], 5)) as Images;
  const kernel = (shape: number[]) => owned(wave(shape, 6)) as Images;

  it('give what the two give one after the other', () => {
    const [weights, normalize] = [kernel([3, 3, 3, 5]), norm(5)];
    sameAsEager((x) => tf.relu(normalize(tf.conv2d(x, weights, 2, 'same'))), x());
  });

  it('also where it is tf.batchNorm', () => {
    const weights = kernel([3, 3, 3, 5]);
    const [mean, variance, offset, scale] = [1, 2, 3, 4].map(
      (seed) => owned(positive([5], seed)) as tf.Tensor1D,
    );
    const layer = (x: Images): Images =>
      tf.batchNorm(tf.conv2d(x, weights, 1, 'same'), mean!, variance!, offset, scale, 1e-3);
    sameAsEager((x) => tf.relu(layer(x)), x());
    sameAsEager((x) => tf.grad((x) => layer(x as Images))(x), x());
  });

  it('also with a depthwise convolution of several channels an input', () => {
    const [weights, normalize] = [kernel([3, 3, 3, 2]), norm(6)];
    sameAsEager((x) => tf.relu6(normalize(tf.depthwiseConv2d(x, weights, 1, 'same'))), x());
  });

  it('also in the two branches of a residual block, and used twice', () => {
    const [first, second] = [kernel([1, 1, 3, 4]), kernel([3, 3, 3, 4])];
    const [one, two] = [norm(4), norm(4)];
    const block = (x: Images) =>
      tf.relu(tf.add(one(tf.conv2d(x, first, 1, 'same')), two(tf.conv2d(x, second, 1, 'same'))));
    sameAsEager((x) => [block(x), block(tf.neg(x))], x());
  });

  it('not where somebody else needs what the convolution gives', () => {
    const [weights, normalize] = [kernel([3, 3, 3, 5]), norm(5)];
    sameAsEager((x) => {
      const convolved = tf.conv2d(x, weights, 1, 'same');
      return [normalize(convolved), convolved];
    }, x());
  });

  it('also where the gradient of the images is taken', () => {
    const [weights, normalize] = [kernel([3, 3, 3, 5]), norm(5)];
    const layer = (x: tf.Tensor) => tf.relu(normalize(tf.conv2d(x as Images, weights, 1, 'same')));
    sameAsEager((x) => tf.grad(layer)(x), x());
  });

  it('not where the gradient of its scale needs what lies between', () => {
    const weights = kernel([3, 3, 3, 5]);
    const [gamma, beta, mean, variance] = [1, 2, 3, 4].map(
      (seed) => owned(positive([5], seed)) as tf.Tensor1D,
    );
    sameAsEager((x) => {
      const convolved = () => tf.conv2d(x, weights, 1, 'same');
      const layer = (gamma: tf.Tensor) =>
        tf.relu(batchNormInference(convolved(), gamma as tf.Tensor1D, beta!, mean!, variance!, 1e-3));
      return tf.grad(layer)(gamma!);
    }, x());
  });

  // With oneDNN, TensorFlow makes one operation of convolution, norm and tanh, which has no kernel.
  it('or kept apart before a tanh, where folding does not pay', () => {
    const [weights, normalize] = [kernel([3, 3, 3, 5]), norm(5)];
    const tanh = (x: Images) => tf.tanh(normalize(tf.conv2d(x, weights, 1, 'valid')));
    const small = owned(wave([1, 4, 3, 3], 5)) as Images;
    sameAsEager(tanh, small);
    sameAsEager((x) => [tanh(x), tf.tanh(x)], x());
    // TensorFlow moves tanh before the split.
    sameAsEager((x) => tf.split(normalize(tf.conv2d(x, weights, 1, 'valid')), [2, 3], 3).map(tf.tanh), small);
    // And removes the reshapes between.
    const one = (x: Images) => tf.squeeze<tf.Tensor3D>(tf.slice(x, 0, 1), [0]);
    sameAsEager(
      (x) => tf.tanh(normalize(tf.expandDims<Images>(tf.conv2d(one(x), weights, 1, 'valid'), 0))),
      small,
    );
    const v = owned(positive([5])) as tf.Tensor1D;
    sameAsEager((x) => tf.tanh(tf.batchNorm(tf.conv2d(x, weights, 1, 'valid'), v, v)), small);
    sameAsEager((x) => tf.grad((x) => tanh(x as Images))(x), small);
    const both = (x: Images) => {
      const convolved = tf.conv2d(x, weights, 1, 'valid');
      return [tf.tanh(normalize(convolved)), tf.tanh(normalize(convolved))];
    };
    sameAsEager(both, small);
  });

  it('follow variables that change', () => {
    const weights = owned(tf.variable(kernel([1, 1, 3, 5])));
    const normalize = norm(5);
    const run = (x: Images) =>
      tf.tidy(() => normalize(tf.conv2d(x, weights as unknown as Images, 1, 'same')));
    const compiled = owned(compile((x: Images) => run(x)));
    const images = x();
    const before = owned(compiled(images));
    weights.assign(owned(tf.neg(weights)));
    const after = owned(compiled(images));
    expect(difference(after, before)).to.be.above(0.1);
    expect(difference(after, owned(run(images)))).to.be.below(1e-6);
  });
});

describe('which batch norms are folded', () => {
  const node = (
    index: number,
    op: string,
    inputs: Node[],
    attributes: Record<string, unknown> = {},
    shape = [1, 2, 2, 3],
  ): Node => ({
    index,
    op,
    attributes: Object.entries(attributes).map(([name, value]) => ({ name, type: 0, value })),
    inputs: inputs.map((input) => ({ node: input, output: 0 })),
    outputs: [{ dtype: 1, shape }],
  });
  const inference = { is_training: false, data_format: 'NHWC' };
  const graph = (op: string, attributes: Record<string, unknown>, kernel = [1, 1, 4, 3]) => {
    const x = node(0, 'argument', []);
    const weights = node(1, 'variable', [], {}, kernel);
    const convolution = node(2, op, [x, weights]);
    const norm = node(3, 'FusedBatchNormV3', [convolution], attributes);
    return { convolution, norm, nodes: [x, weights, convolution, norm] };
  };

  it('those with given statistics right behind a convolution', () => {
    const { nodes, norm, convolution } = graph('Conv2D', inference);
    expect([...foldableBatchNorms(nodes, [{ node: norm, output: 0 }])]).to.deep.equal([[norm, convolution]]);
  });

  it('no others', () => {
    const training = graph('Conv2D', { ...inference, is_training: true });
    expect(foldableBatchNorms(training.nodes, [{ node: training.norm, output: 0 }]).size).to.equal(0);
    const behindRelu = graph('Relu', inference);
    expect(foldableBatchNorms(behindRelu.nodes, [{ node: behindRelu.norm, output: 0 }]).size).to.equal(0);
    const heavy = graph('Conv2D', inference, [1, 1, 65, 3]);
    const result = [{ node: heavy.norm, output: 0 }];
    expect(foldableBatchNorms(heavy.nodes, result).size, 'more weights than results of 16 images').to.equal(
      0,
    );
    const { nodes, norm, convolution } = graph('Conv2D', inference);
    const both = [norm, convolution].map((node) => ({ node, output: 0 }));
    expect(foldableBatchNorms(nodes, both).size, 'the convolution is a result').to.equal(0);
    expect(foldableBatchNorms(nodes, [{ node: norm, output: 1 }]).size, 'statistics are wanted').to.equal(0);
  });
});
