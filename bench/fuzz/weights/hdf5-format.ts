import type { LayersModel } from '@tensorflow/tfjs-layers';
import h5, { type Group } from 'h5wasm/node';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Format, Sample } from './format.js';
import { smallNetwork } from './json-format.js';
import { mutateBytes } from './mutate-bytes.js';
import { mutateJson } from './mutate-json.js';

const name = 'net.h5';

interface Options {
  chunks: boolean;
  /** Changes the model's configuration before it is written. */
  change(config: object): object;
}

/** A Keras model in an HDF5 file: contiguous, and chunked and compressed. */
export const hdf5Format: Format = {
  seeds: async () => [
    await written({ chunks: false, change: (config) => config }),
    await written({ chunks: true, change: (config) => config }),
  ],
  async mutate(sample, next) {
    if (next() < 0.9) return { [name]: mutateBytes(sample[name]!, next) };
    return written({ chunks: next() < 0.5, change: (config) => mutateJson(config, next) });
  },
};

async function written({ chunks, change }: Options): Promise<Sample> {
  await h5.ready;
  const folder = await mkdtemp(join(tmpdir(), 'camtune-fuzz-'));
  const net = smallNetwork();
  try {
    const path = join(folder, name);
    const file = new h5.File(path, 'w');
    file.create_attribute('keras_version', '2.15.0');
    file.create_attribute('model_config', JSON.stringify(change(net.toJSON(null, false) as object)));
    const root = file.create_group('model_weights');
    root.create_attribute(
      'layer_names',
      net.layers.map((layer) => layer.name),
    );
    for (const layer of net.layers) writeLayer(root.create_group(layer.name), layer, chunks);
    file.close();
    return { [name]: await readFile(path) };
  } finally {
    net.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

function writeLayer(group: Group, layer: LayersModel['layers'][number], chunks: boolean): void {
  group.create_attribute(
    'weight_names',
    layer.weights.map(({ originalName }) => `${originalName}:0`),
  );
  if (layer.weights.length === 0) return;
  const inner = group.create_group(layer.name);
  for (const variable of layer.weights) {
    const tensor = variable.read();
    const plain = {
      name: `${variable.originalName.split('/')[1]}:0`,
      data: tensor.dataSync<'float32'>(),
      shape: tensor.shape,
    };
    inner.create_dataset(chunks ? { ...plain, chunks: tensor.shape, compression: 6 } : plain);
  }
}
