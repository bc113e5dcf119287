import { imageReader, listImages } from '../../data/index.js';
import { measure, type Timing } from './measure.js';

/** Times decoding and random cropping of a folder, images a second; nothing is trained meanwhile. */
export async function benchData(
  folder: string,
  { batch, size }: { batch: number; size: number },
): Promise<Timing> {
  const listing = await listImages(folder);
  const view = { crop: 'random-resized', size } as const;
  const reader = imageReader(listing, { batchSize: batch, view, shuffle: true });
  let epoch = 0;
  const setting = { batch, size, precision: 'uint8', device: 'cpu' };
  return measure('data', { images: listing.files.length, repeats: 3, setting }, async () => {
    for await (const batch of reader.batches(epoch++)) void batch;
  });
}
