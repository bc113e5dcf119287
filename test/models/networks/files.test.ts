import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuBackend } from '../../backend.js';
import { loadModel, registerArchitecture } from '../../../src/models/index.js';
import { architectureNames } from '../../../src/models/networks/index.js';
import { resnet } from '../../../src/models/networks/index.js';
import { failure, inFolder, largestDifference, values, wave } from '../support.js';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}.safetensors`, import.meta.url));
const logits = async (path: string) => {
  const { model } = await loadModel(path);
  const [, height, width] = model.inputs[0]!.shape;
  return values(model.predict(wave([1, height ?? 32, width ?? 32, 3])) as tf.Tensor);
};

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;

/** A safetensors file with other names; those without one are left out. */
function renamed(from: string, to: string, name: (given: string) => string | undefined): void {
  const bytes = readFileSync(from);
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, end).toString()) as Header;
  const entries = Object.entries(header).map(([key, entry]) => [
    key === '__metadata__' ? key : name(key),
    entry,
  ]);
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries.filter(([key]) => key !== undefined))));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(to, Buffer.concat([length, json, bytes.subarray(end)]));
}

describe('weights of networks', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  it('are the same with what training programs put before their names', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'net.safetensors');
      const expected = await logits(fixture('torchvision-densenet'));
      for (const prefix of ['module.', 'model.', 'backbone.', 'model.module.']) {
        renamed(fixture('torchvision-densenet'), path, (name) => `${prefix}${name}`);
        expect(await logits(path), prefix).to.deep.equal(expected);
      }
    }));

  it('get a new head where they have none, and a note', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'net.safetensors');
      const whole = await loadModel(fixture('timm-vit'));
      renamed(fixture('timm-vit'), path, (name) => (name.startsWith('head.') ? undefined : name));
      const { model, newHead, notes } = await loadModel(path, { classes: 4 });
      expect([newHead, model.outputs[0]!.shape]).to.deep.equal([true, [null, 4]]);
      expect(notes).to.contain(
        'the file has no last layer: a new one for 4 classes, which has learned nothing',
      );
      const fc = (each: typeof model) => values(each.getLayer('blocks_1_fc2').weights[0]!.read());
      expect(fc(model)).to.deep.equal(fc(whole.model));
      expect(new Set(values(model.getLayer('head').weights[0]!.read())).size).to.be.above(10);
    }));

  it('may lie in a folder with what Hugging Face writes beside them', () =>
    inFolder(async (folder) => {
      copyFileSync(fixture('hf-resnet'), join(folder, 'model.safetensors'));
      writeFileSync(
        join(folder, 'config.json'),
        JSON.stringify({ id2label: { 0: 'bee', 1: 'cat', 2: 'dog' }, downsample_in_bottleneck: false }),
      );
      writeFileSync(
        join(folder, 'preprocessor_config.json'),
        JSON.stringify({
          ...{
            do_resize: true,
            size: { shortest_edge: 36 },
            resample: 3,
            do_center_crop: true,
            crop_size: 32,
          },
          ...{ image_mean: [0.5, 0.5, 0.5], image_std: [0.25, 0.25, 0.25], rescale_factor: 1 / 255 },
        }),
      );
      const { classNames, preprocessing, notes } = await loadModel(folder);
      expect(classNames).to.deep.equal(['bee', 'cat', 'dog']);
      expect(preprocessing).to.deep.equal({
        ...{ resize: 36, crop: 32, interpolation: 'bicubic', channels: 'RGB', scale: 1 / 255 },
        ...{ mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
      });
      expect(notes).to.deep.equal(['preprocessing: that of preprocessor_config.json']);
    }));

  it('may lie in a folder with timm’s config.json', () =>
    inFolder(async (folder) => {
      copyFileSync(fixture('timm-vit'), join(folder, 'model.safetensors'));
      const config = { input_size: [3, 16, 16], crop_pct: 0.8, interpolation: 'bicubic' };
      writeFileSync(
        join(folder, 'config.json'),
        JSON.stringify({ pretrained_cfg: { ...config, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } }),
      );
      const { preprocessing, notes, classNames } = await loadModel(folder);
      expect([preprocessing.resize, preprocessing.crop, classNames]).to.deep.equal([20, 16, undefined]);
      expect(notes).to.deep.equal(["preprocessing: that of timm's config.json"]);
      writeFileSync(join(folder, 'config.json'), '[');
      expect(await failure(() => loadModel(folder))).to.equal(
        `${join(folder, 'config.json')}: expected a JSON object`,
      );
    }));

  it('may be cut into several files, which an index names', () =>
    inFolder(async (folder) => {
      const isEarly = (name: string) => name < 'm';
      const names: string[] = [];
      renamed(fixture('torchvision-convnext'), join(folder, 'a.safetensors'), (name) => {
        names.push(name);
        return isEarly(name) && !name.startsWith('classifier') ? name : undefined;
      });
      renamed(fixture('torchvision-convnext'), join(folder, 'b.safetensors'), (name) =>
        isEarly(name) && !name.startsWith('classifier') ? undefined : name,
      );
      const place = (name: string) =>
        isEarly(name) && !name.startsWith('classifier') ? 'a.safetensors' : 'b.safetensors';
      const index = join(folder, 'model.safetensors.index.json');
      const write = (map: Record<string, string>) =>
        writeFileSync(index, JSON.stringify({ weight_map: map }));
      write(Object.fromEntries(names.map((name) => [name, place(name)])));
      const expected = await logits(fixture('torchvision-convnext'));
      expect(await logits(folder)).to.deep.equal(expected);
      expect(await logits(index)).to.deep.equal(expected);
      write({ x: '../a.safetensors' });
      expect(await failure(() => loadModel(index))).to.contain(
        'expected names of files beside it, found "../a.safetensors"',
      );
    }));

  it('of networks that somebody else adds are found too', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'net.safetensors');
      renamed(fixture('hf-resnet'), path, (name) => `mine/${name}`);
      expect(await failure(() => loadModel(path))).to.contain('is not known');
      const rule = (ours: string, theirs: string) => [ours, `mine/resnet.${theirs}`] as const;
      registerArchitecture({
        name: 'My ResNet',
        variants: { my_resnet: { block: 'basic' as const, blocks: [1, 2] } },
        sources: [
          {
            name: 'mine',
            names: [
              rule('conv1.{w}', 'embedder.embedder.convolution.{w}'),
              rule('bn1.{w}', 'embedder.embedder.normalization.{w}'),
              rule(
                'layer{s+1}.{b}.downsample.0.{w}',
                'encoder.stages.{s}.layers.{b}.shortcut.convolution.{w}',
              ),
              rule(
                'layer{s+1}.{b}.downsample.1.{w}',
                'encoder.stages.{s}.layers.{b}.shortcut.normalization.{w}',
              ),
              rule('layer{s+1}.{b}.conv{c+1}.{w}', 'encoder.stages.{s}.layers.{b}.layer.{c}.convolution.{w}'),
              rule('layer{s+1}.{b}.bn{c+1}.{w}', 'encoder.stages.{s}.layers.{b}.layer.{c}.normalization.{w}'),
              ['fc.{w}', 'mine/classifier.1.{w}'],
            ],
            preprocessing: (await loadModel(fixture('hf-resnet'))).preprocessing,
          },
        ],
        head: 'fc',
        configure: (find) =>
          find('conv1.weight') && {
            block: 'basic' as const,
            blocks: [1, 2],
            width: find('conv1.weight')![0]!,
          },
        build: resnet,
      });
      expect(architectureNames()).to.contain('my_resnet');
      expect(largestDifference(await logits(path), await logits(fixture('hf-resnet')))).to.equal(0);
    }));
});
