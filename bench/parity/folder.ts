import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { Failure, invalid } from '../../src/errors.js';
import { compiledClassifier, type CompiledClassifier } from '../../src/explain/index.js';
import { classifier, loadModel } from '../../src/models/index.js';
import type { GoldenImage, Goldens } from './format.js';
import { readNpy, type GoldenArray } from './npy.js';

/** A folder of golden numbers, opened. */
export interface Folder {
  goldens: Goldens;
  /** Reads an array by its path in the folder. */
  array(path: string): GoldenArray;
  /** The image of that id. */
  image(id: string): GoldenImage;
  /** A network of the folder, seen at its target layer; loaded and compiled once. */
  network(net: string): Promise<CompiledClassifier>;
  /** Images of one network, preprocessed, [N, H, W, C]; the caller owns them. */
  images(ids: readonly string[]): Promise<tf.Tensor4D>;
  /** Gives up the networks. */
  close(): Promise<void>;
}

/**
 * Opens a folder in the format of the goldens' README.
 *
 * @throws InvalidInput where there is none, Failure where it cannot be understood
 */
export function openFolder(directory: string): Folder {
  const index = join(directory, 'goldens.json');
  if (!existsSync(index)) throw invalid('DIR', 'a folder with goldens.json', directory);
  const goldens = JSON.parse(readFileSync(index, 'utf8')) as Goldens;
  const { scale, mean, deviation } = preprocessing(goldens.conventions.preprocessing);
  const networks = new Map<string, Promise<CompiledClassifier>>();

  const load = async (net: string): Promise<CompiledClassifier> => {
    const entry = goldens.nets[net];
    if (!entry) throw new Failure(`goldens.json: no network '${net}'`);
    const { model } = await loadModel(join(directory, entry.model));
    return compiledClassifier(classifier(model, { layer: entry.targetLayer }));
  };
  const image = (id: string): GoldenImage => {
    const found = goldens.images.find((entry) => entry.id === id);
    if (!found) throw new Failure(`goldens.json: no image '${id}'`);
    return found;
  };
  const network = (net: string): Promise<CompiledClassifier> => {
    const known = networks.get(net) ?? load(net);
    networks.set(net, known);
    return known;
  };
  return {
    goldens,
    array: (path) => readNpy(join(directory, path)),
    image,
    network,
    images: async (ids) => {
      const channels = (await network(image(ids[0]!).net)).inputShape[2];
      const decoded = await Promise.all(ids.map((id) => decode(join(directory, image(id).file), channels)));
      const { width, height } = decoded[0]!.info;
      const values = decoded.flatMap(({ data }) =>
        Array.from(data, (pixel) => (pixel / scale - mean) / deviation),
      );
      return tf.tensor4d(values, [ids.length, height, width, channels]);
    },
    close: async () => {
      for (const found of await Promise.all(networks.values())) {
        found.dispose();
        found.model.dispose();
      }
    },
  };
}

function decode(path: string, channels: number) {
  const image = sharp(path).removeAlpha();
  return image
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
}

/** Reads 'x = (pixel/255 - 0.5)/0.25'. */
function preprocessing(rule: string): { scale: number; mean: number; deviation: number } {
  const number = '([0-9.]+)';
  const found = new RegExp(`\\(pixel\\s*/\\s*${number}\\s*-\\s*${number}\\)\\s*/\\s*${number}`).exec(rule);
  if (!found) throw new Failure(`goldens.json: preprocessing not understood: ${rule}`);
  const [scale, mean, deviation] = found.slice(1).map(Number) as [number, number, number];
  return { scale, mean, deviation };
}
