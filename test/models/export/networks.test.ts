import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attentionOf } from '../../../bench/export/expected.js';
import { classifier, loadModel, toOnnx, toOnnxFiles } from '../../../src/models/index.js';
import { decodeOnnx, encodeOnnx } from '../../../src/models/onnx/index.js';
import { inFolder, largestDifference, values, wave } from '../support.js';
import { cpuBackend } from '../../backend.js';

const folders = ['networks', 'onnx'].map((name) =>
  fileURLToPath(new URL(`../${name}/fixtures/`, import.meta.url)),
);
const fixtures = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /\.(safetensors|onnx)$/.test(name))
    .map((name) => join(folder, name)),
);
const vit = fixtures.find((path) => path.endsWith('timm-vit.safetensors'))!;

/** The values of a tensor in no order, to find it again however it is turned. */
function bagOf(list: Float32Array): string {
  const { buffer } = Float32Array.from(list).sort();
  return Buffer.from(buffer).toString('base64');
}

function bagsOf(bytes: Uint8Array): Set<string> {
  return new Set(
    decodeOnnx(bytes).graph.initializer.map(({ raw_data: raw }) => {
      const copy = new Uint8Array(raw!);
      return bagOf(new Float32Array(copy.buffer, 0, Math.floor(copy.length / 4)));
    }),
  );
}

describe('export of networks of others to ONNX', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  for (const path of fixtures) {
    it(`${path.split('/').at(-1)}: the same logits when it is read again, every weight bit for bit`, () =>
      inFolder(async (folder) => {
        const { model } = await loadModel(path);
        const network = classifier(model);
        const [, height, width] = model.inputs[0]!.shape as [null, number, number];
        const x = wave([2, height ?? 32, width ?? 32, 3]);
        const expected = values(network.logits(x));
        const bytes = toOnnx(network);
        writeFileSync(join(folder, 'again.onnx'), bytes);
        const again = classifier((await loadModel(join(folder, 'again.onnx'), { size: x.shape[1] })).model);
        const range = Math.max(1, ...expected.map(Math.abs));
        expect(largestDifference(values(again.logits(x)), expected)).to.be.below(1e-5 * range);

        const there = bagsOf(bytes);
        // What is computed of weights (a table that is indexed, a standardized kernel) is written as what it gives.
        const plain = model.layers.filter(
          (layer) => !JSON.stringify(layer.getConfig()['operands'] ?? '').includes('"operation"'),
        );
        const lost = plain.flatMap(({ weights }) =>
          weights.filter((weight) => {
            const list = weight.read().dataSync<'float32'>();
            return list.length > 16 && !there.has(bagOf(list));
          }),
        );
        expect(lost.map(({ originalName }) => originalName)).to.deep.equal([]);
      }));
  }

  it('gives the attention of a transformer as its map', () =>
    inFolder(async (folder) => {
      const { model } = await loadModel(vit);
      const [, side] = model.inputs[0]!.shape as [null, number];
      const x = wave([2, side, side, 3]);
      const expected = tf.tidy(() => tf.reshape(attentionOf(model, x), [2, -1]));

      // The map as the one output, flat: what is read takes networks that end so.
      const onnx = decodeOnnx(toOnnx(classifier(model), { withMap: true }));
      const { graph } = onnx;
      const map = graph.output[1]!;
      expect(map.name).to.equal('map');
      const flat = { name: 'flat', op_type: 'Flatten', input: ['map'], output: ['flat'] };
      const changed = { ...graph, node: [...graph.node, flat], output: [{ ...map, name: 'flat' }] };
      writeFileSync(join(folder, 'map.onnx'), encodeOnnx({ ...onnx, graph: changed }));
      const read = await loadModel(join(folder, 'map.onnx'));
      const found = read.model.predict(x) as tf.Tensor;
      expect(found.shape).to.deep.equal(expected.shape);
      expect(largestDifference(values(found), values(expected))).to.be.below(1e-4);
    }));

  it('puts the weights into a file of their own where one would be too large', () =>
    inFolder(async (folder) => {
      const { model } = await loadModel(vit);
      const network = classifier(model);
      const { model: bytes, data } = toOnnxFiles(network, {}, 'big.onnx_data', 0);
      expect(bytes.length).to.be.below(50_000);
      writeFileSync(join(folder, 'big.onnx'), bytes);
      writeFileSync(join(folder, 'big.onnx_data'), Buffer.concat(data!));
      const [, side] = model.inputs[0]!.shape as [null, number];
      const x = wave([1, side, side, 3]);
      const again = classifier((await loadModel(join(folder, 'big.onnx'))).model);
      expect(largestDifference(values(again.logits(x)), values(network.logits(x)))).to.be.below(1e-5);
      expect(toOnnxFiles(network, {}, 'x').data).to.equal(undefined);
    }));
});
