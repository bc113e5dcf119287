import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../../data/index.js';
import { eigenCam, lafam } from '../../explain/index.js';
import { type Classifier, normalize, type Preprocessing } from '../../models/index.js';
import {
  imagesInView,
  mapsFolder,
  mapsInBatches,
  rankChange,
  readMaps,
  sampling,
  views,
  writeListedImages,
  writeMaps,
  type LineTensors,
  type MapSet,
  type RankChange,
  type View,
} from '../../monitor/index.js';
import type { HostMap } from '../../report/index.js';
import { compile, type Precision } from '../../tensorflow/index.js';

/** What an epoch changed in what the network looks at. */
export interface MapStep extends RankChange {
  images: number;
  seconds: number;
}

/** Looks at the maps of a fixed set of images, now and then. */
export interface MapWatch {
  images: number;
  /** Name of the maps. */
  method: string;
  /** Keeps the maps of whole images with the weights of this moment, for the first look to compare with. */
  begin(epoch: number): Promise<void>;
  /** Makes the maps with the weights of this moment, keeps them, and says how they differ from those of an epoch before. */
  look(epoch: number, since: number): Promise<MapStep>;
  dispose(): void;
}

const whole: View = { name: 'whole', left: 0, top: 0, side: 1, flipped: false };

/** Where a run keeps these maps. */
export function mapWatchFolder(runFolder: string): string {
  return join(runFolder, 'saliency', 'maps');
}

/**
 * Builds the look at the maps: raw ones, at the size that the target layer gives, of LaFAM; Eigen-CAM for networks with
 * attention, whose layer norm leaves LaFAM little to say. One compiled function makes a view and its maps.
 *
 * @param probe images, read once
 * @param folder where the maps of every epoch are written, see docs/convergence.md
 * @param batchSize images in the network at once
 */
export function mapWatch(
  classifier: Classifier,
  probe: Batch,
  {
    preprocessing,
    precision,
    folder,
    batchSize,
  }: { preprocessing: Preprocessing; precision: Precision; folder: string; batchSize: number },
): MapWatch {
  const { pixels, shape, labels, files } = probe;
  const [count, height, width] = shape;
  const stack = { pixels, shape };
  const names = classifier.classNames ?? [];
  const images = files.map((file, at) => ({ file, label: names[labels[at]!] ?? String(labels[at]) }));
  const method = classifier.attention ? eigenCam : lafam;
  const look = compile(
    (bytes: tf.Tensor4D, rows: LineTensors, columns: LineTensors) =>
      tf.tidy(() => {
        const seen = imagesInView(tf.cast(bytes, 'float32'), rows, columns);
        const { raw } = method(classifier, normalize(seen, preprocessing), {});
        return classifier.attention ? tf.relu(raw) : raw;
      }),
    { precision, name: 'maps' },
  );
  let previous: MapSet | undefined;

  const mapsIn = async (view: View): Promise<HostMap[]> => {
    const { rows, columns } = sampling(width, height, view);
    const [down, across] = [rows, columns].map(({ low, high, share }): LineTensors => ({
      low: tf.tensor1d(low, 'int32'),
      high: tf.tensor1d(high, 'int32'),
      share: tf.tensor1d(share),
    })) as [LineTensors, LineTensors];
    try {
      return await mapsInBatches(stack, batchSize, (part) => look(part, down, across));
    } finally {
      for (const { low, high, share } of [down, across]) tf.dispose([low, high, share]);
    }
  };

  /** Of a run that goes on: what it wrote before. Maps of other images, or damaged ones, are none. */
  const kept = (epoch: number): MapSet | undefined => {
    try {
      const same = JSON.stringify(mapsFolder(folder).images) === JSON.stringify(images);
      return same ? readMaps(folder, epoch) : undefined;
    } catch {
      return undefined;
    }
  };

  const keep = async (now: MapSet): Promise<void> => {
    if (!previous) await writeListedImages(folder, images);
    await writeMaps(folder, now);
    previous = now;
  };

  return {
    images: count,
    method: method.method.title,
    begin: async (epoch) => keep({ epoch, maps: await mapsIn(whole), inViews: [] }),
    async look(epoch, since) {
      const started = performance.now();
      const before = previous?.epoch === since ? previous : kept(since);
      const now: MapSet = { epoch, maps: await mapsIn(whole), inViews: [] };
      for (const view of views) now.inViews.push({ view, maps: await mapsIn(view) });
      await keep(now);
      const change = rankChange(before, now);
      return { ...change, images: count, seconds: (performance.now() - started) / 1000 };
    },
    dispose: () => look.dispose(),
  };
}
