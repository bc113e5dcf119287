import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { cpuBackend } from '../../backend.js';
import { expectedOf } from '../../../bench/export/expected.js';
import { cases, networkOf, pixelsFor } from '../../../bench/export/networks.js';
import { classifier, registerOnnxLayer, toOnnx } from '../../../src/models/index.js';
import { decodeOnnx, elementType } from '../../../src/models/onnx/index.js';
import { failure, largestDifference, values } from '../support.js';
import { evaluate } from './evaluate.js';

describe('export to ONNX', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  for (const each of cases) {
    it(`gives the logits of the network: ${each.name}`, () => {
      const network = networkOf(each);
      const expected = expectedOf(network, pixelsFor(each.size), each.withMap === true);
      const bytes = toOnnx(network, { withMap: each.withMap === true });
      const pixels = tf.tensor(expected.pixelValues.values, expected.pixelValues.shape);
      const { logits, map } = tf.tidy(
        () => evaluate(bytes, pixels) as { logits: tf.Tensor; map?: tf.Tensor },
      );
      const range = Math.max(...expected.logits.values.map(Math.abs));
      expect(logits.shape).to.deep.equal(expected.logits.shape);
      expect(largestDifference(values(logits), expected.logits.values)).to.be.below(
        1e-5 * Math.max(range, 1),
      );
      if (!each.withMap) return;
      expect(map!.shape).to.deep.equal(expected.map!.shape);
      expect(largestDifference(values(map!), expected.map!.values)).to.be.below(1e-5);
    });
  }

  it('moves no values: only a sequence made of an image needs a transposition', () => {
    for (const each of cases) {
      const { graph } = decodeOnnx(toOnnx(networkOf(each)));
      const moved = graph.node.filter(({ op_type: kind }) => kind === 'Transpose').length;
      expect(moved, each.name).to.equal(each.name.startsWith('patches') ? 2 : 0);
    }
  });

  it('takes padding into convolutions, and into the pooling behind a ReLU', () => {
    const { graph } = decodeOnnx(toOnnx(networkOf(cases[0]!)));
    const ints = (operator: string, name: string) =>
      graph.node
        .find(({ op_type: kind }) => kind === operator)!
        .attribute.find((attribute) => attribute.name === name)!
        .ints.map(Number);
    expect(graph.node.some(({ op_type: kind }) => kind === 'Pad')).to.equal(false);
    expect(ints('Conv', 'pads')).to.deep.equal([3, 3, 3, 3]);
    expect(ints('MaxPool', 'pads')).to.deep.equal([1, 1, 1, 1]);
  });

  it('pads before a pooling whose largest value may be below 0', () => {
    const model = sequential({
      layers: [
        layers.zeroPadding2d({ padding: 1, inputShape: [4, 4, 3] }),
        layers.maxPooling2d({ poolSize: 3 }),
        layers.globalMaxPooling2d({}),
      ],
    });
    const bytes = toOnnx(classifier(model));
    const pixels = tf.fill([1, 3, 4, 4], -1);
    expect(values(evaluate(bytes, pixels)['logits']!)).to.deep.equal([0, 0, 0]);
  });

  it('computes in float16 where asked to, from float32 to float32', () => {
    const network = networkOf(cases[0]!);
    const [whole, half] = [toOnnx(network), toOnnx(network, { precision: 'float16' })];
    const { graph, opset_import: opsets } = decodeOnnx(half);
    const types = new Set(graph.initializer.map(({ data_type: type }) => type));
    expect([...types]).to.deep.equal([elementType.FLOAT16]);
    for (const { type } of [...graph.input, ...graph.output]) {
      expect(type!.tensor_type!.elem_type).to.equal(elementType.FLOAT);
    }
    expect(Number(opsets[0]!.version)).to.equal(17);
    expect(half.length).to.be.below(0.75 * whole.length);
  });

  it('refuses weights that float16 cannot hold', async () => {
    const model = sequential({
      layers: [layers.flatten({ inputShape: [1, 1, 3] }), layers.dense({ units: 2 })],
    });
    model.layers[1]!.setWeights([tf.fill([3, 2], 1e6), tf.zeros([2])]);
    const message = await failure(() => toOnnx(classifier(model), { precision: 'float16' }));
    expect(message).to.contain('holds 1.000e+6, and float16 ends at 65504; export with --precision float32');
  });

  it('lists all layers that cannot be written', async () => {
    const model = sequential({
      layers: [
        layers.reshape({ targetShape: [4, 3], inputShape: [2, 2, 3] }),
        layers.masking({ name: 'hole' }),
        layers.gru({ units: 3, name: 'memory', recurrentInitializer: 'zeros' }),
        layers.dense({ units: 2 }),
      ],
    });
    const message = await failure(() => toOnnx(classifier(model)));
    expect(message).to.contain("cannot be written as ONNX: Masking ('hole'), GRU ('memory');");
  });

  it('takes layers of one’s own', () => {
    class Doubled extends layers.Layer {
      static className = 'DoubledForTest';
      override call(inputs: tf.Tensor | tf.Tensor[]) {
        return tf.mul([inputs].flat()[0]!, 2);
      }
    }
    registerOnnxLayer('DoubledForTest', ({ layer, writer }, [input]) => ({
      ...input!,
      name: writer.node(layer.name, 'Mul', [input!.name, writer.number(2)]),
    }));
    const model = sequential({
      layers: [layers.globalMaxPooling2d({ inputShape: [2, 2, 3] }), new Doubled({})],
    });
    const pixels = tf.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [1, 3, 2, 2]);
    expect(values(evaluate(toOnnx(classifier(model)), pixels)['logits']!)).to.deep.equal([8, 16, 24]);
  });

  it('has no map of a network without pooling and one linear layer', async () => {
    const message = await failure(() => toOnnx(networkOf(cases[1]!), { withMap: true }));
    expect(message).to.match(
      /^--with-map: expected a network that goes .* found another end behind 'features_/,
    );
  });
});
