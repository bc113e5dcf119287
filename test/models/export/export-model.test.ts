import * as tf from '@tensorflow/tfjs-core';
import { layers, loadLayersModel, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cpuBackend } from '../../backend.js';
import {
  exportModel,
  loadModel,
  resnet50,
  saveModel,
  vgg19,
  type Preprocessing,
} from '../../../src/models/index.js';
import { decodeOnnx } from '../../../src/models/onnx/index.js';
import { readSafetensors } from '../../../src/models/weights/index.js';
import { failure, inFolder, largestDifference, values, wave } from '../support.js';

const preprocessing: Preprocessing = {
  ...{ resize: 60, crop: 48, interpolation: 'bicubic', channels: 'BGR', scale: 1 },
  ...{ mean: [103, 116, 123], std: [1, 2, 3] },
};
const classNames = ['a, b', 'b"', 'ç'];
const layout = 'stride-in-1x1';
const information = { preprocessing, classNames, layout } as const;

/** A small ResNet-50 as camtune saves it. */
async function saved(folder: string): Promise<{ from: string; model: LayersModel }> {
  const model = resnet50({
    classes: 3,
    blocks: [1, 2, 1, 1],
    width: 4,
    inputSize: null,
    layout,
    epsilon: 1e-3,
    seed: 3,
  });
  await saveModel(model, join(folder, 'from'), information);
  return { from: join(folder, 'from'), model };
}

const weightsOf = (model: LayersModel) => model.getWeights().flatMap((each) => [...each.dataSync()]);
const text = (...path: string[]) => readFile(join(...path), 'utf8');

describe('export', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  it('writes Hugging Face’s folder, with red first for a network of blue, green, red', () =>
    inFolder(async (folder) => {
      const { from } = await saved(folder);
      const to = join(folder, 'hf');
      const { files, notes } = await exportModel({ from, format: 'huggingface', to, withMap: true });
      expect(files.map((file) => file.slice(to.length + 1))).to.deep.equal([
        ...['onnx/model.onnx', 'config.json', 'preprocessor_config.json', 'README.md'],
      ]);
      expect(notes).to.deep.equal([]);
      const config = JSON.parse(await text(to, 'config.json')) as Record<string, unknown>;
      expect(config['id2label']).to.deep.equal({ 0: 'a, b', 1: 'b"', 2: 'ç' });
      expect(config['label2id']).to.deep.equal({ 'a, b': 0, 'b"': 1, ç: 2 });
      expect(JSON.parse(await text(to, 'preprocessor_config.json'))).to.deep.include({
        ...{ size: { shortest_edge: 60 }, crop_size: { height: 48, width: 48 }, resample: 3 },
        ...{ rescale_factor: 1, image_mean: [123, 116, 103], image_std: [3, 2, 1] },
      });
      const card = await text(to, 'README.md');
      expect(card).to.contain('mean 123, 116, 103, std 3, 2, 1').and.to.contain('1. b\\"');
      const { graph, metadata_props: metadata } = decodeOnnx(await readFile(files[0]!));
      expect(graph.output.map(({ name }) => name)).to.deep.equal(['logits', 'map']);
      expect(metadata.find(({ key }) => key === 'class_names')?.value).to.equal(JSON.stringify(classNames));
      const back = await loadModel(to);
      expect(back.classNames).to.deep.equal(classNames);
      expect(back.preprocessing).to.deep.equal({
        ...preprocessing,
        ...{ channels: 'RGB', mean: [123, 116, 103], std: [3, 2, 1] },
      });
      expect(back.model.inputs[0]!.shape).to.deep.equal([null, 48, 48, 3]);
      back.model.dispose();
      const half = await exportModel({ from, format: 'huggingface', to, precision: 'float16' });
      expect(half.files[0]).to.equal(join(to, 'onnx', 'model_fp16.onnx'));
    }));

  it('writes safetensors under torchvision’s names that load back bit for bit, with all that belongs to them', () =>
    inFolder(async (folder) => {
      const { from, model } = await saved(folder);
      const to = join(folder, 'net.safetensors');
      const { files } = await exportModel({ from, format: 'safetensors', to });
      expect(files).to.deep.equal([to, join(folder, 'net.md')]);
      const { tensors } = readSafetensors(await readFile(to), to);
      expect(tensors.get('layer2.1.conv3.weight')?.shape).to.deep.equal([32, 8, 1, 1]);
      const { model: loaded, notes, ...rest } = await loadModel(to);
      expect(weightsOf(loaded)).to.deep.equal(weightsOf(model));
      expect(rest).to.deep.equal(information);
      expect(notes).to.deep.equal([]);
      const image = () => wave([1, 40, 40, 3]);
      const outputs = (net: LayersModel) => values(net.predict(image()) as tf.Tensor);
      expect(largestDifference(outputs(loaded), outputs(model))).to.equal(0);
    }));

  it('writes a VGG19 as safetensors that load back bit for bit', () =>
    inFolder(async (folder) => {
      const model = vgg19({ classes: 3, width: 1, hidden: 4, seed: 5 });
      await saveModel(model, join(folder, 'from'), { preprocessing });
      const { files } = await exportModel({
        from: join(folder, 'from'),
        format: 'safetensors',
        to: join(folder, 'vgg'),
      });
      const { model: loaded } = await loadModel(files[0]!);
      expect(weightsOf(loaded)).to.deep.equal(weightsOf(model));
    }));

  it('refuses safetensors whose camtune entry is broken', () =>
    inFolder(async (folder) => {
      const { from } = await saved(folder);
      const to = join(folder, 'net.safetensors');
      await exportModel({ from, format: 'safetensors', to });
      const bytes = await readFile(to);
      for (const [old, wrong, message] of [
        ['{\\"prep', '{{"prep', 'not JSON'],
        ['\\"resize\\":60', '\\"resize\\":-1', 'preprocessing.resize: expected an integer'],
        ['{\\"preprocessing', '[\\"preprocessing', "metadata's camtune: expected JSON"],
      ] as const) {
        const at = bytes.indexOf(old);
        const broken = Buffer.from(bytes);
        broken.write(wrong, at);
        await writeFile(to, broken);
        expect(await failure(() => loadModel(to))).to.contain(message);
      }
    }));

  it('writes other networks’ weights under the names of their layers', () =>
    inFolder(async (folder) => {
      const model = sequential({
        layers: [layers.flatten({ inputShape: [2, 2, 3] }), layers.dense({ units: 2, name: 'end' })],
      });
      await saveModel(model, join(folder, 'from'), {});
      const to = join(folder, 'out');
      await exportModel({ from: join(folder, 'from'), format: 'safetensors', to, precision: 'float16' });
      const { tensors } = readSafetensors(await readFile(join(to, 'model.safetensors')), 'it');
      expect([...tensors].map(([name, { shape }]) => [name, shape])).to.deep.equal([
        ['end/kernel', [12, 2]],
        ['end/bias', [2]],
      ]);
      const found = tensors.get('end/kernel')!.read();
      expect(largestDifference(found, model.getWeights()[0]!.dataSync())).to.be.within(1e-9, 1e-3);
      expect(await text(to, 'README.md')).to.contain("under the names of the layers' variables");
    }));

  it('writes a LayersModel that plain tfjs loads, with a card that says how images are prepared', () =>
    inFolder(async (folder) => {
      const { from, model } = await saved(folder);
      const to = join(folder, 'web');
      await exportModel({ from, format: 'tfjs', to });
      expect(await readdir(to)).to.include.members(['README.md', 'model.json']);
      const json = JSON.parse(await text(to, 'model.json')) as tf.io.ModelJSON;
      const [{ paths, weights }] = json.weightsManifest as [
        { paths: [string]; weights: tf.io.WeightsManifestEntry[] },
      ];
      const { buffer } = new Uint8Array(await readFile(join(to, paths[0])));
      const { modelTopology } = json;
      const plain = await loadLayersModel(
        tf.io.fromMemory({ modelTopology, weightSpecs: weights, weightData: buffer }),
      );
      expect(weightsOf(plain)).to.deep.equal(weightsOf(model));
      expect(await text(to, 'README.md'))
        .to.contain(
          'Channels in the order BGR: (pixel · 1 − mean) / std, with pixels 0..255, mean 103, 116, 123',
        )
        .and.to.contain('logits and not probabilities');
    }));

  it('says that a softmax at the end is left out of ONNX and stays in tfjs', () =>
    inFolder(async (folder) => {
      const end = layers.dense({ units: 2, activation: 'softmax', name: 'end' });
      await saveModel(
        sequential({ layers: [layers.flatten({ inputShape: [2, 2, 3] }), end] }),
        join(folder, 'from'),
      );
      const from = join(folder, 'from');
      const onnx = await exportModel({ from, format: 'onnx', to: join(folder, 'out') });
      expect(onnx.files[0]).to.equal(join(folder, 'out', 'model.onnx'));
      expect(onnx.notes).to.include("softmax of layer 'end' left out to get logits");
      const tfjs = await exportModel({ from, format: 'tfjs', to: join(folder, 'web') });
      expect(tfjs.notes).to.include('the model itself ends in probabilities');
    }));

  it('refuses options that do not go together, before anything is read', async () => {
    const options = { from: 'nowhere', to: 'out' };
    expect(await failure(() => exportModel({ ...options, format: 'tfjs', withMap: true }))).to.equal(
      '--with-map: expected --format onnx or huggingface, found "tfjs"',
    );
    expect(await failure(() => exportModel({ ...options, format: 'tfjs', precision: 'float16' }))).to.contain(
      '--precision: expected float32 for --format tfjs',
    );
  });

  it('replaces its own card, but neither the network itself nor a README that is no card', () =>
    inFolder(async (folder) => {
      const { from } = await saved(folder);
      const to = join(folder, 'out');
      for (let time = 0; time < 2; time++) await exportModel({ from, format: 'onnx', to });
      expect(await failure(() => exportModel({ from, format: 'tfjs', to: `${from}/` }))).to.contain(
        '--out: expected another place than the network has',
      );
      await writeFile(join(folder, 'README.md'), '# Mine');
      expect(await failure(() => exportModel({ from, format: 'onnx', to: folder }))).to.contain(
        '--out: expected a place whose description may be replaced',
      );
      expect(await text(folder, 'README.md')).to.equal('# Mine');
      const file = join(folder, 'README.md');
      for (const format of ['onnx', 'tfjs'] as const) {
        expect(await failure(() => exportModel({ from, format, to: file }))).to.match(
          /cannot be written, .* \((ENOTDIR|EEXIST)\)$/,
        );
      }
    }));

  it('leaves no tensor behind', () =>
    inFolder(async (folder) => {
      const { from } = await saved(folder);
      const { numTensors } = tf.memory();
      for (const format of ['onnx', 'safetensors', 'tfjs', 'huggingface'] as const) {
        const withMap = format === 'onnx';
        await exportModel({ from, format, to: join(folder, format), withMap });
        expect(tf.memory().numTensors, format).to.equal(numTensors);
      }
    }));
});
