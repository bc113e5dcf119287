import type { Batch, Crop } from './batch.js';
import type { Listing } from './listing.js';

/** What became of a promise. */
export type Outcome<T> = { value: T } | { error: unknown };

/** One image of a batch: where its pixels come from, or why it has none. */
export interface BatchItem {
  /** Place in the listing. */
  image: number;
  outcome: Outcome<Crop>;
}

/** A batch with all its images decoded; those that could not be read leave a gap. */
export interface DecodedBatch {
  /** [members, size, size, 3] */
  pixels: Uint8Array;
  members: BatchItem[];
}

/** Where the members stand in the batch as it was planned. */
export interface Planned {
  /** Place of the first member. */
  from: number;
  /** Images of the batch, with those of other processes. */
  planned: number;
}

/** Makes a batch of the images that could be read, without gaps. The pixels are moved, not copied, where none is missing. */
export function assemble(
  listing: Listing,
  size: number,
  number: number,
  { pixels, members }: DecodedBatch,
  { from, planned }: Planned,
): Batch {
  const length = size * size * 3;
  const readable: { image: number; crop: Crop; place: number }[] = [];
  members.forEach(({ image, outcome }, place) => {
    if ('value' in outcome) readable.push({ image, crop: outcome.value, place });
  });
  readable.forEach(({ place }, to) => {
    if (to !== place) pixels.copyWithin(to * length, place * length, (place + 1) * length);
  });
  return {
    number,
    pixels: readable.length === members.length ? pixels : pixels.slice(0, readable.length * length),
    shape: [readable.length, size, size, 3],
    labels: Int32Array.from(readable, ({ image }) => listing.labels[image]!),
    files: readable.map(({ image }) => listing.files[image]!),
    crops: readable.map(({ crop }) => crop),
    places: Int32Array.from(readable, ({ place }) => from + place),
    planned,
  };
}
