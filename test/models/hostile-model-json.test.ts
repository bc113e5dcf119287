/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-member-access -- JSON of any form */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cpuBackend } from '../backend.js';
import { classifier, loadModel, resnet50, saveModel } from '../../src/models/index.js';
import { failure, inFolder } from './support.js';

type Json = Record<string, any>;

/** Saves a small network, changes its model.json, and gives what loading it says. */
async function changed(folder: string, change: (json: Json, folder: string) => unknown): Promise<string> {
  const net = resnet50({ classes: 3, blocks: [1, 1, 1, 1], width: 4, inputSize: null });
  await saveModel(net, folder, {
    classNames: ['a', 'b', 'c'],
    preprocessing: {
      ...{ resize: 64, crop: 48, interpolation: 'bilinear', channels: 'RGB', scale: 1 },
      ...{ mean: [0, 0, 0], std: [1, 1, 1] },
    },
  });
  net.dispose();
  const path = join(folder, 'model.json');
  const json = JSON.parse(await readFile(path, 'utf8')) as Json;
  await change(json, folder);
  await writeFile(path, JSON.stringify(json));
  return failure(async () => classifier((await loadModel(folder)).model));
}

const shard = (json: Json): string => json['weightsManifest'][0].paths[0] as string;
const weights = (json: Json): Json[] => json['weightsManifest'][0].weights as Json[];
const layers = (json: Json): Json[] => json['modelTopology'].config.layers as Json[];
const camtune = (json: Json): Json => json['userDefinedMetadata'].camtune as Json;

describe('a model.json from elsewhere', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  it('cannot name files outside its folder', () =>
    inFolder(async (parent) => {
      const folder = join(parent, 'model');
      const outside = (name: string) => (json: Json) => (json['weightsManifest'][0].paths[0] = name);
      await mkdir(folder);
      await writeFile(join(parent, 'other.bin'), 'x');
      for (const name of ['../other.bin', '../../../../../../../../dev/zero', 'sub/../../other.bin']) {
        expect(await changed(folder, outside(name)))
          .to.contain(`names '${name}'`)
          .and.contain('lies outside its folder');
      }
      const linked = await changed(folder, async (json) => {
        await rename(join(folder, shard(json)), join(parent, 'moved.bin'));
        await symlink(join(parent, 'moved.bin'), join(folder, shard(json)));
      });
      expect(linked).to.contain('moved.bin), which lies outside its folder; put the file beside it');
      expect(await changed(folder, outside('no\0name'))).to.contain('cannot be read: no file name');
    }));

  it('may name files in folders below its own, and links to them', () =>
    inFolder(async (folder) => {
      const found = await changed(folder, async (json) => {
        await mkdir(join(folder, 'deep'));
        await rename(join(folder, shard(json)), join(folder, 'deep', 'moved.bin'));
        await symlink(join(folder, 'deep', 'moved.bin'), join(folder, 'linked.bin'));
        json['weightsManifest'][0].paths[0] = 'linked.bin';
      });
      expect(found).to.equal('nothing was thrown');
    }));

  it('is read from regular files alone', () =>
    inFolder(async (folder) => {
      const found = await changed(folder, async (json) => {
        await rename(join(folder, shard(json)), join(folder, 'kept'));
        execFileSync('mkfifo', [join(folder, shard(json))]);
      });
      expect(found).to.contain('expected a regular file, found a pipe');
      const pipe = join(
        folder,
        (await readdir(folder)).find((name) => name.endsWith('.bin'))!,
      );
      expect(await failure(() => loadModel(pipe))).to.contain('expected a regular file, found a pipe');
      expect(await failure(() => loadModel('/dev/zero'))).to.contain(
        'expected a regular file, found a device',
      );
    }));

  it('has as many bytes as its manifest says, before one is read', () =>
    inFolder(async (folder) => {
      const found = await changed(folder, (json) =>
        writeFile(join(folder, shard(json)), Buffer.alloc(99_999_999)),
      );
      expect(found).to.match(/has 99999999 bytes, more than the \d+ that such a file can have/);
    }));

  it('has finite weights, however they are stored', () =>
    inFolder(async (folder) => {
      const found = await changed(folder, async (json) => {
        const path = join(folder, shard(json));
        const data = await readFile(path);
        data.writeFloatLE(NaN, 4);
        await writeFile(path, data);
      });
      expect(found).to.contain("model.json: 'conv1/kernel' holds a value that is not a finite number");
      for (const quantization of [
        { dtype: 'uint8', scale: 1e38, min: 0 },
        { dtype: 'uint16', scale: 1, min: -1e39 },
      ]) {
        const stored = await changed(folder, async (json) => {
          const bytes = { uint8: 1, uint16: 2 }[quantization.dtype as 'uint8'];
          weights(json)[0]!['quantization'] = quantization;
          const path = join(folder, shard(json));
          const data = await readFile(path);
          await writeFile(path, data.subarray((4 - bytes) * 7 * 7 * 3 * 4));
        });
        expect(stored, JSON.stringify(quantization)).to.contain("'conv1/kernel' holds a value");
      }
    }));

  const cases: [string, (json: Json) => unknown, string][] = [
    [
      'a crop of 30000',
      (json) => (camtune(json)['preprocessing'].crop = 30000),
      'preprocessing.crop: expected an integer from 1 to 4096, found 30000',
    ],
    [
      'a mean of text',
      (json) => (camtune(json)['preprocessing'].mean = 'x'),
      'preprocessing.mean: expected three numbers up to a million',
    ],
    [
      'a crop wider than the image',
      (json) => (camtune(json)['preprocessing'].resize = 40),
      'preprocessing.resize: expected at least crop (48), found 40',
    ],
    [
      'a deviation of nothing',
      (json) => (camtune(json)['preprocessing'].std = [1, 0, 1]),
      'preprocessing.std',
    ],
    [
      'class names that are none',
      (json) => (camtune(json)['classNames'] = { a: 1 }),
      'camtune.classNames: expected a list of names',
    ],
    [
      'metadata that is none',
      (json) => (json['userDefinedMetadata'].camtune = 7),
      'camtune: expected an object, found 7',
    ],
    ['an unknown layout', (json) => (camtune(json)['layout'] = 'x'), 'camtune.layout'],
    ['no topology', (json) => (json['modelTopology'] = null), 'lacks modelTopology'],
    [
      'a manifest that is none',
      (json) => (json['weightsManifest'] = { 0: 1 }),
      'weightsManifest is malformed: expected a list of groups',
    ],
    [
      'a group without paths',
      (json) => delete json['weightsManifest'][0].paths,
      'expected names of files as paths',
    ],
    [
      'an unknown type',
      (json) => (weights(json)[0]!['dtype'] = 'string'),
      'expected weights with name, shape and dtype',
    ],
    [
      'a negative size',
      (json) => (weights(json)[0]!['shape'] = [-1]),
      'expected weights with name, shape and dtype',
    ],
    [
      'a size beyond all',
      (json) => (weights(json)[0]!['shape'] = [1e9, 1e9]),
      'expected weights with name, shape and dtype',
    ],
    [
      'an enormous layer',
      (json) => (layers(json).at(-1)!['config'].units = 1e9),
      "far more weights than the file holds, with 'fc/kernel' [128, 1000000000]",
    ],
    [
      'an enormous image',
      (json) => (layers(json)[0]!['config'].batch_input_shape = [null, 1e5, 1e5, 3]),
      'wants images of 100000 x 100000 pixels',
    ],
    [
      'an enormous activation',
      (json) => {
        layers(json)[0]!['config'].batch_input_shape = [null, 64, 64, 3];
        layers(json)[1]!['config'].padding = [Array(2).fill(1e6), Array(2).fill(1e6)];
      },
      'too much to compute',
    ],
    [
      'a layer that waits for itself',
      (json) => (layers(json)[2]!['inbound_nodes'][0][0][0] = 'fc'),
      'waits for inputs that no layer gives',
    ],
    [
      'a layer that waits for none',
      (json) => (layers(json)[2]!['inbound_nodes'][0][0][0] = 'nobody'),
      "layer 'conv1' waits for inputs",
    ],
    [
      'a call that never comes',
      (json) => (layers(json)[2]!['inbound_nodes'][0][0][1] = 1),
      "layer 'conv1' waits for inputs",
    ],
    [
      'a call without inputs',
      (json) => (layers(json)[2]!['inbound_nodes'] = [[]]),
      "the inputs of layer 'conv1' are none",
    ],
    [
      'two layers of one name',
      (json) => (layers(json)[2]!['name'] = layers(json)[2]!['config'].name = 'image'),
      "two layers are called 'image'",
    ],
    [
      'a layer of two names',
      (json) => (layers(json)[2]!['name'] = 'other'),
      'layer \'other\' is called "conv1" inside',
    ],
    ['a layer that is none', (json) => (layers(json)[2] = 5 as unknown as Json), 'a layer is no object'],
    [
      'a class that tfjs has not',
      (json) => (layers(json)[2]!['class_name'] = 'Conv9D'),
      'tfjs cannot build this model: Unknown layer: Conv9D',
    ],
    [
      'layers that are none',
      (json) => (json['modelTopology'].config.layers = 5),
      'its description or its weights are malformed',
    ],
  ];
  for (const [what, change, message] of cases) {
    it(`is refused with ${what}`, () =>
      inFolder(async (folder) => void expect(await changed(folder, change)).to.contain(message)));
  }

  it('gives its class names only where there is one an output', () =>
    inFolder(async (folder) => {
      await changed(folder, (json) => (camtune(json)['classNames'] = ['a', 'a']));
      const { classNames, notes } = await loadModel(folder);
      expect(classNames).to.equal(undefined);
      expect(notes).to.deep.equal(['its metadata names 2 classes, not one an output: left out']);
    }));

  it('nested deeper than any network is refused', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'model.json');
      const deep = '['.repeat(50_000) + ']'.repeat(50_000);
      await writeFile(path, `{"modelTopology": {"a": ${deep}}, "weightsManifest": []}`);
      expect(await failure(() => loadModel(folder))).to.contain('nested more than 200 levels deep');
    }));
});
