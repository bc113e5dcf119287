/**
 * How many images a second the reader delivers:
 *   node --import tsx bench/data.ts DIR [SECONDS]
 * Random crops of 224 px and center crops in turn, batches of 32. One JSON document on stdout.
 */
import { availableParallelism } from 'node:os';
import { imageReader, listImages, standardCrop, type CropSpec } from '../src/data/index.js';

const [dir = 'data/clothing/train', seconds = '5'] = process.argv.slice(2);
const listing = await listImages(dir);
const views: Record<string, CropSpec> = {
  train: { crop: 'random-resized', size: 224 },
  evaluate: standardCrop,
};

/** Reads epoch after epoch for so many seconds, after one to warm up. */
async function imagesPerSecond(view: CropSpec): Promise<number> {
  const reader = imageReader(listing, { view, batchSize: 32, shuffle: true });
  for await (const batch of reader.batches(0)) void batch;
  const start = performance.now();
  let images = 0;
  for (let epoch = 1; performance.now() - start < Number(seconds) * 1000; epoch++)
    for await (const batch of reader.batches(epoch)) images += batch.files.length;
  return images / ((performance.now() - start) / 1000);
}

const rates: Record<string, number> = {};
for (const [name, view] of Object.entries(views)) rates[name] = Math.round(await imagesPerSecond(view));
const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
console.log(JSON.stringify({ imagesPerSecond: rates, images: listing.files.length, threads, cores: availableParallelism() })); // prettier-ignore
