import type { Batch } from '../data/index.js';
import type { EvaluationOptions } from './types.js';

/**
 * The batches of an evaluation without the images that are done.
 *
 * @param batches as EvaluationOptions has them
 */
export async function* remaining(
  batches: EvaluationOptions['batches'],
  isDone: (image: string) => boolean,
): AsyncGenerator<Batch, void, undefined> {
  for await (const read of typeof batches === 'function' ? batches(isDone) : batches) {
    const batch = without(read, isDone);
    if (batch.files.length > 0) yield batch;
  }
}

/** A batch without some of its images. */
function without(batch: Batch, isDone: (file: string) => boolean): Batch {
  const kept = [...batch.files.keys()].filter((index) => !isDone(batch.files[index]!));
  if (kept.length === batch.files.length) return batch;
  const [, ...size] = batch.shape;
  const length = size.reduce((product, side) => product * side, 1);
  const pixels = new Uint8Array(kept.length * length);
  kept.forEach((index, place) => {
    pixels.set(batch.pixels.subarray(index * length, (index + 1) * length), place * length);
  });
  return {
    ...batch,
    pixels,
    shape: [kept.length, ...size],
    labels: Int32Array.from(kept, (index) => batch.labels[index]!),
    files: kept.map((index) => batch.files[index]!),
    crops: kept.map((index) => batch.crops[index]!),
  };
}
