import { setImmediate } from 'node:timers/promises';
import type * as tf from '@tensorflow/tfjs-core';
import { imageReader, type CropSpec, type Listing } from '../../data/index.js';
import { normalize } from '../../models/index.js';
import { compile, type Precision } from '../../tensorflow/index.js';
import type { RunNetwork } from '../../train/index.js';
import { crossEntropyOf, rankOf } from './scores.js';
import type { AlsoMeasured } from '../types.js';

/**
 * The accuracy of a network on further images.
 *
 * @returns undefined where it was stopped
 * @throws Failure where an image cannot be read
 */
export async function measureAlso(
  { classifier, preprocessing }: RunNetwork,
  listing: Listing,
  {
    view,
    batchSize,
    precision,
    isStopped,
  }: { view: CropSpec; batchSize: number; precision: Precision; isStopped: () => boolean },
): Promise<AlsoMeasured | undefined> {
  const run = compile((pixels: tf.Tensor4D) => classifier.logits(normalize(pixels, preprocessing)), {
    precision,
    name: 'compareAlso',
  });
  const files: string[] = [];
  const columns: Record<keyof AlsoMeasured['columns'], number[]> = { loss: [], top1: [] };
  try {
    for await (const batch of imageReader(listing, { batchSize, view, onError: 'stop' }).batches()) {
      const found = run({ pixels: batch.pixels, shape: batch.shape });
      const logits = found.arraySync();
      found.dispose();
      batch.files.forEach((file, index) => {
        const label = batch.labels[index]!;
        files.push(file);
        columns.loss.push(crossEntropyOf(logits[index]!, label));
        columns.top1.push(Number(rankOf(logits[index]!, label) === 0));
      });
      // Signals want a turn of the event loop; native calls leave none by themselves.
      await setImmediate();
      if (isStopped()) return undefined;
    }
  } finally {
    run.dispose();
  }
  return { files, columns };
}
