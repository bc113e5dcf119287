import * as tf from '@tensorflow/tfjs-core';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compiledClassifier, explain, type Maps } from '../../../src/explain/index.js';
import { classifier, loadModel } from '../../../src/models/index.js';
import { readSafetensors } from '../../../src/models/weights/index.js';
import { channelsLast, difference } from '../tensors.js';

export interface ComparedMap {
  name: string;
  /** The largest difference from float64 over the largest value. */
  distance: number;
  /** The same of PyTorch's float32. */
  noise: number;
}

/** Options that make camtune's method what the peer computes. */
const asPeer: Record<string, object> = { 'grad-cam++': { epsilon: 1e-6 } };

/** Loads a network from a file of a folder and compares logits and maps with what PyTorch computed there. */
export async function compareMaps(folder: string, file: string): Promise<ComparedMap[]> {
  const { tensors } = readSafetensors(await readFile(join(folder, 'expected.safetensors')), 'expected');
  const { model } = await loadModel(join(folder, file));
  const network = compiledClassifier(classifier(model));
  const images = channelsLast(tensors.get('images')!);
  const target = [...tensors.get('targets')!.read()];
  const apart = (name: string, found: tf.Tensor): ComparedMap => ({
    name: name.replace('peer:', ''),
    distance: difference(found.dataSync(), tensors.get(name)!.read()),
    noise: tensors.get(`noise:${name}`)!.read()[0]!,
  });
  const maps = (name: string, options: object): Maps =>
    explain(name, network, images, { target, ...options });
  tf.engine().startScope();
  try {
    return [...tensors.keys()].flatMap((name) => {
      if (name === 'images' || name === 'targets' || name.startsWith('noise:')) return [];
      if (name === 'logits') return [apart(name, network.logits(images))];
      const method = name.replace('peer:', '');
      const { raw, map } = maps(method, asPeer[method] ?? {});
      return [apart(name, name === method ? raw : map)];
    });
  } finally {
    tf.engine().endScope();
    network.dispose();
    images.dispose();
    model.dispose();
  }
}
