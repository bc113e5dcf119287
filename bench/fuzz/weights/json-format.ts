import { layers, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resnet50, saveModel } from '../../../src/models/index.js';
import type { Format, Sample } from './format.js';
import { mutateBytes, pick } from './mutate-bytes.js';
import { mutateJson } from './mutate-json.js';

/** A network with one of many kinds of layers. */
export function smallNetwork(): LayersModel {
  const net = sequential({ name: 'net' });
  net.add(
    layers.conv2d({ name: 'conv', filters: 2, kernelSize: 3, inputShape: [8, 8, 3], activation: 'relu' }),
  );
  net.add(layers.batchNormalization({ name: 'norm' }));
  net.add(layers.depthwiseConv2d({ name: 'depth', kernelSize: 3, padding: 'same' }));
  net.add(layers.maxPooling2d({ name: 'pool', poolSize: 2 }));
  net.add(layers.flatten({ name: 'flat' }));
  net.add(layers.dropout({ name: 'drop', rate: 0.5 }));
  net.add(layers.dense({ name: 'out', units: 3, activation: 'softmax' }));
  return net;
}

/** A tfjs LayersModel: model.json and a shard. */
export const jsonFormat: Format = {
  async seeds() {
    const tiny = { classes: 3, blocks: [1, 1], width: 2, inputSize: null };
    return [await saved(resnet50(tiny), {}), await saved(smallNetwork(), { quantize: 'mixed' })];
  },
  mutate(sample, next) {
    const [json, ...shards] = Object.keys(sample) as [string, ...string[]];
    if (next() < 0.1) return { ...sample, [json]: mutateBytes(sample[json]!, next) };
    if (next() < 0.1) {
      const shard = pick(shards, next);
      return { ...sample, [shard]: mutateBytes(sample[shard]!, next) };
    }
    const content = mutateJson(JSON.parse(sample[json]!.toString()) as object, next);
    return { ...sample, [json]: Buffer.from(JSON.stringify(content)) };
  },
};

async function saved(model: LayersModel, options: { quantize?: 'mixed' }): Promise<Sample> {
  const folder = await mkdtemp(join(tmpdir(), 'camtune-fuzz-'));
  try {
    const preprocessing = {
      ...{ resize: 64, crop: 48, interpolation: 'bilinear' as const, channels: 'RGB' as const, scale: 1 },
      ...{ mean: [0, 0, 0] as [number, number, number], std: [1, 1, 1] as [number, number, number] },
    };
    await saveModel(model, folder, { preprocessing, classNames: ['a', 'b', 'c'], ...options });
    const names = (await readdir(folder)).sort((one) => (one === 'model.json' ? -1 : 1));
    const files = await Promise.all(
      names.map(async (name) => [name, await readFile(join(folder, name))] as const),
    );
    return Object.fromEntries(files);
  } finally {
    model.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}
