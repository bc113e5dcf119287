import { imageReader, listImages, type Listing } from '../data/index.js';
import { jpegDecoder } from '../data/jpeg/index.js';
import { measure, type Timing } from './measure.js';

/** Images in a timed epoch, at least: enough that its beginning, when nothing is decoded yet, hardly counts. */
const LEAST = 640;

/**
 * Times decoding with random-resized crops and flips into uint8 batches, epoch after epoch; nothing is trained
 * meanwhile. A small folder is read several times an epoch.
 */
export async function benchData(
  folder: string,
  { batch, size, repeats = 3 }: { batch: number; size: number; repeats?: number },
): Promise<Timing> {
  const listing = repeated(await listImages(folder), LEAST);
  const view = { crop: 'random-resized', size } as const;
  const reader = imageReader(listing, { batchSize: batch, view, shuffle: true });
  let epoch = 0;
  const setting = { batch, size, precision: 'uint8', device: 'cpu' };
  const timing = await measure('data', { images: listing.files.length, repeats, setting }, async () => {
    for await (const batch of reader.batches(epoch++)) void batch;
  });
  // No TensorFlow takes part in it.
  return { ...timing, backend: jpegDecoder() ? 'libjpeg-turbo' : 'sharp' };
}

function repeated(listing: Listing, least: number): Listing {
  const times = Math.ceil(least / listing.files.length);
  const all = Array.from({ length: times }, () => listing);
  return {
    ...listing,
    files: all.flatMap(({ files }) => files),
    labels: Int32Array.from(all.flatMap(({ labels }) => [...labels])),
  };
}
