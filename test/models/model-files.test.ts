import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel, type LayersModel } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { readdir, readFile, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cpuBackend } from '../backend.js';
import { importWeights, loadModel, resnet50, saveModel, vgg19, withNewHead } from '../../src/models/index.js';
import { quantize } from '../../src/models/quantize.js';
import { torchParameters } from '../../src/models/weights/index.js';
import { failure, inFolder, largestDifference, values, wave } from './support.js';

const tiny = { classes: 3, blocks: [1, 1, 1, 1], width: 4, inputSize: null };
const metadata = {
  ...{ blocks: '1,1,1,1', width: '4', variant: 'v1 (stride in the first 1x1 convolution)', classes: 'a,b,c' },
  preprocessing: 'bgr, 0..255, minus 1,2,3',
};
const image = () => wave([1, 40, 40, 3]);
const outputs = (model: LayersModel) => values(model.predict(image()) as tf.Tensor);

type Torch = Map<string, { shape: number[]; values: Float32Array }>;

/** A model's variables as PyTorch would store them. */
function torchWeights(model: LayersModel): Torch {
  return new Map(
    torchParameters(model).map(({ name, shape, variable, arrange }) => {
      const found = variable.read().dataSync<'float32'>();
      const position = arrange(Float32Array.from(found, (_, index) => index));
      const turned = new Float32Array(found.length);
      found.forEach((value, index) => (turned[position[index]!] = value));
      return [name, { shape, values: turned }];
    }),
  );
}

async function writeSafetensors(path: string, weights: Torch, about: Record<string, string>): Promise<void> {
  const header: Record<string, object> = { __metadata__: about };
  let offset = 0;
  for (const [
    name,
    {
      shape,
      values: { byteLength },
    },
  ] of weights) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + byteLength] };
    offset += byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const data = [...weights.values()].map(({ values: { buffer } }) => Buffer.from(buffer));
  await writeFile(path, Buffer.concat([length, json, ...data]));
}

describe('model files', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  it('loads PyTorch’s names, with layout, class names and preprocessing from the metadata', () =>
    inFolder(async (folder) => {
      const original = resnet50({ ...tiny, layout: 'stride-in-1x1', seed: 4 });
      const path = join(folder, 'net.safetensors');
      await writeSafetensors(path, torchWeights(original), metadata);
      const { model, ...rest } = await loadModel(path);
      expect(largestDifference(outputs(model), outputs(original))).to.equal(0);
      expect(rest).to.deep.equal({
        preprocessing: {
          ...{ resize: 224, crop: 224, interpolation: 'bilinear', channels: 'BGR', scale: 1 },
          ...{ mean: [1, 2, 3], std: [1, 1, 1] },
        },
        notes: [],
        classNames: ['a', 'b', 'c'],
        layout: 'stride-in-1x1',
      });
    }));

  it('loads a VGG19 under PyTorch’s names', () =>
    inFolder(async (folder) => {
      const original = vgg19({ classes: 3, width: 1, hidden: 4, seed: 5 });
      const path = join(folder, 'net.safetensors');
      await writeSafetensors(path, torchWeights(original), { width: '1', hidden: '4' });
      const { model, layout, notes } = await loadModel(path);
      const [expected, found] = [original, model].map((net) =>
        net.getWeights().flatMap((each) => [...each.dataSync()]),
      );
      expect(largestDifference(found!, expected!)).to.equal(0);
      expect(layout).to.equal(undefined);
      expect(notes).to.deep.equal(["preprocessing not recorded: torchvision's is assumed"]);
    }));

  it('says what it assumes where the file says nothing', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'net.safetensors');
      await writeSafetensors(path, torchWeights(resnet50(tiny)), { blocks: '1,1,1,1', width: '4' });
      const { notes, layout, preprocessing, classNames } = await loadModel(path);
      expect([layout, preprocessing.resize, classNames]).to.deep.equal(['stride-in-3x3', 256, undefined]);
      expect(notes).to.have.length(2);
      expect((await loadModel(path, { layout: 'stride-in-1x1' })).layout).to.equal('stride-in-1x1');
    }));

  it('lists all names that are missing, unexpected or of another shape at once', () =>
    inFolder(async (folder) => {
      const weights = torchWeights(resnet50(tiny));
      for (const name of ['conv1.weight', 'layer2.0.bn1.running_var']) weights.delete(name);
      weights.set('layer9.weight', { shape: [1], values: Float32Array.of(1) });
      weights.set('bn1.num_batches_tracked', { shape: [1], values: Float32Array.of(1) });
      weights.set('bn1.bias', { shape: [5], values: new Float32Array(5) });
      const path = join(folder, 'net.safetensors');
      await writeSafetensors(path, weights, metadata);
      expect(await failure(() => loadModel(path))).to.equal(
        `${path} does not fit the resnet50: 2 missing: conv1.weight, layer2.0.bn1.running_var; ` +
          '1 unexpected: layer9.weight; 1 of another shape: bn1.bias (expected [4], found [5])',
      );
    }));

  it('refuses sizes in the metadata that no network has, before anything is built', () =>
    inFolder(async (folder) => {
      const weights = torchWeights(resnet50(tiny));
      const path = join(folder, 'net.safetensors');
      for (const [key, value, message] of [
        ['width', '1000000000', 'width: expected an integer from 1 to 4096, found "1000000000"'],
        ['width', 'x', 'width: expected an integer'],
        ['blocks', '1,1,1000000,1', 'blocks: expected up to eight numbers of blocks from 1 to 200'],
        ['blocks', '', 'blocks: expected'],
        ['batch_norm_epsilon', '-1', 'batch_norm_epsilon: expected a number from 1e-12 to 1'],
        ['width', '4096', 'far more weights than the file holds'],
      ] as const) {
        await writeSafetensors(path, weights, { ...metadata, [key]: value });
        expect(await failure(() => loadModel(path))).to.contain(message);
      }
      weights.set('fc.weight', { shape: [1e9, 0], values: new Float32Array(0) });
      await writeSafetensors(path, weights, metadata);
      expect(await failure(() => loadModel(path))).to.contain("with 'fc/kernel' [128, 1000000000]");
    }));

  it('says what is wrong in one line that a terminal only shows, whatever the file calls its tensors', () =>
    inFolder(async (folder) => {
      const weights = torchWeights(resnet50(tiny));
      weights.set('\u001b]0;title\u0007\ncamtune: all is well', { shape: [1], values: Float32Array.of(1) });
      const path = join(folder, 'net.safetensors');
      await writeSafetensors(path, weights, metadata);
      expect(await failure(() => loadModel(path))).to.equal(
        `${path} does not fit the resnet50: 1 unexpected: \\u001b]0;title\\u0007\\ncamtune: all is well`,
      );
    }));

  it('saves a model that plain tfjs loads, and that loads back with what belongs to it', () =>
    inFolder(async (folder) => {
      const original = resnet50({ ...tiny, seed: 2 });
      const information = { classNames: ['a', 'b', 'c'], layout: 'stride-in-3x3' as const };
      await saveModel(original, folder, information);
      const { modelTopology, weightsManifest } = JSON.parse(
        await readFile(join(folder, 'model.json'), 'utf8'),
      ) as tf.io.ModelJSON;
      const [{ paths, weights }] = weightsManifest as [
        { paths: [string]; weights: tf.io.WeightsManifestEntry[] },
      ];
      const data = new Uint8Array(await readFile(join(folder, paths[0])));
      const plain = tf.io.fromMemory({ modelTopology, weightSpecs: weights, weightData: data.buffer });
      expect(largestDifference(outputs(await loadLayersModel(plain)), outputs(original))).to.equal(0);
      for (const path of [folder, join(folder, 'model.json')]) {
        const { model, classNames, layout } = await loadModel(path);
        expect(largestDifference(outputs(model), outputs(original))).to.equal(0);
        expect({ classNames, layout }).to.deep.equal(information);
      }
    }));

  it('replaces a saved model and leaves nothing of the old one', () =>
    inFolder(async (folder) => {
      await saveModel(resnet50({ ...tiny, seed: 1 }), folder);
      const first = await readdir(folder);
      const second = resnet50({ ...tiny, seed: 2 });
      await writeFile(join(folder, 'README.md'), 'kept');
      await saveModel(second, folder);
      const files = await readdir(folder);
      expect(files).to.have.length(first.length + 1);
      expect(files.filter((name) => first.includes(name))).to.deep.equal(['model.json']);
      expect(largestDifference(outputs((await loadModel(folder)).model), outputs(second))).to.equal(0);
    }));

  it('makes a new head for other classes, and says so', () =>
    inFolder(async (folder) => {
      const original = resnet50({ ...tiny, seed: 3 });
      await saveModel(original, folder, { classNames: ['a', 'b', 'c'] });
      const same = await loadModel(folder, { classNames: ['a', 'b', 'c'] });
      expect(largestDifference(outputs(same.model), outputs(original))).to.equal(0);
      const more = await loadModel(folder, { classes: 5 });
      expect(more.model.outputs[0]!.shape).to.deep.equal([null, 5]);
      expect(more.notes.at(-1)).to.equal('new head for 5 classes: the weights are for 3');
      expect(more.classNames).to.equal(undefined);
      const others = await loadModel(folder, { classNames: ['x', 'y', 'z'] });
      expect(others.notes.at(-1)).to.equal('new head for 3 classes: the weights are for others');
      expect(others.classNames).to.deep.equal(['x', 'y', 'z']);
      expect(largestDifference(outputs(others.model), outputs(original))).to.be.above(1e-3);
      const kernel = (model: LayersModel, layer: string) => model.getLayer(layer).getWeights()[0]!.dataSync();
      for (const { model } of [more, others]) {
        expect(
          largestDifference(kernel(model, 'layer4_0_conv3'), kernel(original, 'layer4_0_conv3')),
        ).to.equal(0);
      }
    }));

  it('puts the outputs in the order asked for when the classes are the same', () =>
    inFolder(async (folder) => {
      const original = resnet50({ ...tiny, seed: 3 });
      await saveModel(original, folder, { classNames: ['a', 'b', 'c'] });
      const { model, classNames, notes } = await loadModel(folder, { classNames: ['c', 'a', 'b'] });
      const [a, b, c] = outputs(original) as [number, number, number];
      expect(largestDifference(outputs(model), [c, a, b])).to.equal(0);
      expect(classNames).to.deep.equal(['c', 'a', 'b']);
      expect(notes).to.contain('outputs put in the order of the classes asked for');
    }));

  it('leaves no variable of the old head behind', () => {
    const model = resnet50(tiny);
    const { numTensors } = tf.memory();
    const renewed = withNewHead(model, 7);
    expect(tf.memory().numTensors).to.equal(numTensors);
    renewed.dispose();
    expect(tf.memory().numTensors).to.equal(numTensors - torchParameters(model).length);
  });

  it('imports, quantizes and leaves no tensor behind', () =>
    inFolder(async (folder) => {
      const original = resnet50({ ...tiny, width: 16, layout: 'stride-in-1x1', seed: 4 });
      const from = join(folder, 'net.safetensors');
      await writeSafetensors(from, torchWeights(original), { ...metadata, width: '16' });
      const { numTensors } = tf.memory();
      const to = join(folder, 'imported');
      expect(await importWeights({ from, to, quantize: 'mixed' })).to.deep.equal({ notes: [] });
      expect(tf.memory().numTensors).to.equal(numTensors);
      const { model, classNames } = await loadModel(to);
      expect(classNames).to.deep.equal(['a', 'b', 'c']);
      const expected = outputs(original);
      const range = Math.max(...expected) - Math.min(...expected);
      expect(largestDifference(outputs(model), expected)).to.be.within(1e-7, 0.05 * range);
      expect(await failure(() => importWeights({ from, to, classNames: ['a'] }))).to.contain('3 names');
    }));

  it('refuses a missing path, a file of another kind, a cut shard and a GraphModel', () =>
    inFolder(async (folder) => {
      expect(await failure(() => loadModel(join(folder, 'no')))).to.contain(
        'no: expected weights (a file or a folder), found nothing',
      );
      expect(await failure(() => loadModel(folder))).to.contain(
        'model.json: cannot be read: no such file or directory (ENOENT)',
      );
      const other = join(folder, 'other');
      await writeFile(other, 'some text that is no model');
      expect(await failure(() => loadModel(other))).to.contain('a model.json, .onnx, .safetensors');
      await writeFile(other, Uint8Array.of(0x80, 0x02, 0x8a, 0x0a));
      expect(await failure(() => loadModel(other))).to.contain('before 1.6');
      await writeFile(other, '{"format": "graph-model"}');
      expect(await failure(() => loadModel(other))).to.contain('a GraphModel');
      await saveModel(resnet50(tiny), folder);
      const shard = (await readdir(folder)).find((name) => name.endsWith('.bin'))!;
      await truncate(join(folder, shard), 100);
      expect(await failure(() => loadModel(folder))).to.contain('its weights have 100 bytes');
      await unlink(join(folder, shard));
      expect(await failure(() => loadModel(folder))).to.contain('model.json names it');
    }));
});

describe('quantize', () => {
  it('stores a kernel in 8 bits where that is near enough, in float16 elsewhere, vectors whole', () => {
    const even = Float32Array.from({ length: 4096 }, (_, index) => Math.sin(index));
    const peaked = even.map((value, index) => (index === 7 ? 1000 : value)); // a range of more than 28 deviations
    const huge = even.map((value, index) => (index === 7 ? 1e5 : 500 * value)); // beyond float16
    const weightSpecs = ['even', 'peaked', 'huge'].map((name) => ({
      name,
      shape: [64, 64],
      dtype: 'float32' as const,
    }));
    weightSpecs.push({ name: 'vector', shape: [4096], dtype: 'float32' });
    const weightData = Float32Array.from([even, peaked, huge, even].flatMap((part) => [...part])).buffer;
    const stored = quantize({ weightSpecs, weightData });
    const kinds = stored.weightSpecs!.map(({ quantization }) => quantization?.dtype);
    expect(kinds).to.deep.equal(['uint8', 'float16', undefined, undefined]);
    expect((stored.weightData as ArrayBuffer).byteLength).to.equal(4096 * (1 + 2 + 4 + 4));
    const decoded = tf.io.decodeWeights(stored.weightData!, stored.weightSpecs!);
    expect(largestDifference(values(decoded['even']!), even)).to.be.within(1e-4, 1.01 / 255);
    expect(largestDifference(values(decoded['peaked']!), peaked)).to.be.within(1e-5, 2 ** -11);
    expect(largestDifference(values(decoded['huge']!), huge)).to.equal(0);
    expect(largestDifference(values(decoded['vector']!), even)).to.equal(0);
  });
});
