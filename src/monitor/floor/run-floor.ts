import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { probeStageOptions, stage, type StageOptions } from '../../augment/index.js';
import { invalid, phrase } from '../../errors.js';
import { readSnapshots } from '../../log/index.js';
import type { Classifier, NetworkInput } from '../../models/index.js';
import { decodePicture } from '../../report/index.js';
import { compile } from '../../tensorflow/index.js';
import { readMap } from '../read-map.js';
import { shrunk } from './shrunk.js';
import { mapsInBatches } from './maps-in-batches.js';
import { changeOverFloor, floorMaps, type ChangeOverFloor, type EpochMaps } from './change-over-floor.js';

/** Images in the network at once. */
const BATCH = 16;

/**
 * How the maps of a run's probe set changed, beside how much they change in a flip and in two small crops: the same maps
 * (those of the run's stage), of the network given.
 *
 * @param run folder of the run; reads `saliency/`
 * @param network of this run, the one at its end best
 * @param options of the run's stage
 * @throws InvalidInput where there is no snapshot, or an image's class is none of the network's
 */
export async function floorOfRun(
  run: string,
  network: Classifier & Pick<NetworkInput, 'prepare'>,
  options: StageOptions,
): Promise<ChangeOverFloor> {
  const saliency = join(run, 'saliency');
  const snapshots = readSnapshots(saliency);
  const last = snapshots.at(-1);
  if (!last)
    throw invalid(
      saliency,
      'the snapshots of an epoch at least',
      phrase('none'),
      'train with log.saliency: true',
    );
  const labels = new Map(last.images.map(({ name, label }) => [name, label]));
  const indexOf = (name: string): number => {
    const label = labels.get(name)!;
    const index = network.classNames?.indexOf(label) ?? Number(label);
    if (!(index >= 0)) throw invalid(`${saliency}, ${name}`, "a class of the network's", label);
    return index;
  };
  const pictures = await Promise.all(
    last.images.map(
      async ({ name }) => [name, await decodePicture(join(saliency, 'images', `${name}.png`))] as const,
    ),
  );
  const look = compile(
    (pixels: tf.Tensor4D, target: tf.Tensor1D) =>
      tf.tidy(() => stage(network, network.prepare(pixels), target, probeStageOptions(options)).map),
    { name: 'floor', onNote: () => undefined },
  );
  try {
    const [, { width, height }] = pictures[0]!;
    const floor = await floorMaps(new Map(pictures), async (images, names) => {
      const shape: [number, number, number, 3] = [images.length, height, width, 3];
      const maps = await mapsInBatches({ pixels: Buffer.concat(images), shape }, BATCH, (part, from) => {
        const target = tf.tensor1d(names.slice(from, from + part.shape[0]).map(indexOf), 'int32');
        try {
          return look(part, target);
        } finally {
          target.dispose();
        }
      });
      return maps.map(shrunk);
    });
    const epochs: EpochMaps[] = snapshots.map(({ epoch, folder, images }) => ({
      epoch,
      maps: new Map(images.map(({ name }) => [name, shrunk(readMap(join(folder, `${name}.npy`)))])),
    }));
    return changeOverFloor(epochs, floor, (name) => labels.get(name) ?? 'other');
  } finally {
    look.dispose();
  }
}
