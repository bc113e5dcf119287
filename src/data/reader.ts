import { join } from 'node:path';
import { Failure, invalid, phrase } from '../errors.js';
import { mixSeeds, permutation, random, type Random } from '../random.js';
import { assemble, type BatchItem, type Outcome, type DecodedBatch } from './assemble.js';
import type { Batch } from './batch.js';
import { decode } from './decode.js';
import type { Listing } from './listing.js';
import { checkPolicy, distorted, type Policy } from './policy/index.js';
import { probeImage, type Probe } from './probe.js';
import { reasonOf } from './reason.js';
import { readAhead } from './read-ahead.js';
import { balancedOrder, repetitions } from './sampling.js';
import { type Share, shareOf } from './share.js';
import { sentence, skippedFiles, type ErrorPolicy, type SkippedFile } from './skipped.js';
import { checkCropSpec, standardCrop, type CropSpec } from './crop-spec.js';

export interface ReaderOptions extends ErrorPolicy {
  /** Images in a batch. Default 32. */
  batchSize?: number;
  /** How an image is cropped and resized. Default: shorter side 256, middle 224 × 224. */
  view?: CropSpec;
  /** Another order every epoch. Default false: the order of the listing. */
  shuffle?: boolean;
  /**
   * With shuffle. natural: each image once an epoch; balanced: as many images in all, of each class as many as of any
   * other, so that those of small classes come several times, each time with another crop. Default natural.
   */
  sampling?: 'natural' | 'balanced';
  /** How each crop is distorted, another way each time. Default null: it stays as it is. */
  policy?: Policy | null;
  /** Seed of the order, the random crops and the distortions. Default 0. */
  seed?: number;
  /** Batches that are decoded ahead of need. Default 2. */
  ahead?: number;
  /** Leave out the last batch of an epoch when it is not full. Default false. */
  dropLast?: boolean;
  /** Read this part of every batch, the rest being other processes'; `batchSize` is that of the whole. Default: all. */
  share?: Share;
}

/** What was read so far, over all epochs. */
export interface ReadSummary {
  /** Images decoded; the same file counts once an epoch. */
  images: number;
  /** Files that could not be read, each once. */
  skipped: SkippedFile[];
}

/** Reads a listing batch by batch, epoch by epoch. */
export interface ImageReader {
  /** Batches in an epoch. */
  length: number;
  /**
   * The batches of one epoch. Which images stand in a batch, and how they are cropped, depends on the listing, the
   * seed and the epoch alone: an epoch resumed at `startBatch` goes on exactly as it would have. A file that cannot be
   * read makes its batch smaller and moves no other image; a batch without any image is passed over, but not with `share`:
   * the other processes may have images of it.
   *
   * Throws Failure for unreadable files (see `onError`) and when not one image could be read.
   *
   * @param epoch from 0, default 0
   * @param startBatch number of the first batch, default 0; those before are not decoded
   */
  batches(epoch?: number, startBatch?: number): AsyncGenerator<Batch, void, undefined>;
  summary(): ReadSummary;
}

/**
 * Opens a listing for reading. The files of the next batches are decoded by other threads while the caller computes,
 * even if that keeps the JavaScript thread busy. Throws InvalidInput for a wrong option.
 */
export function imageReader(listing: Listing, options: ReaderOptions = {}): ImageReader {
  checkOptions(options, listing.files.length);
  const { batchSize = 32, view = standardCrop, shuffle = false, seed = 0, ahead = 2, dropLast = false } = options;
  const { policy = null, share = whole } = options;
  const isBalanced = options.sampling === 'balanced';
  const count = listing.files.length;
  const length = dropLast ? Math.floor(count / batchSize) : Math.ceil(count / batchSize);
  const skipped = skippedFiles(listing, options);
  const probes = new Map<number, Promise<Outcome<Probe>>>();
  let images = 0;

  const pathOf = (image: number): string => join(listing.dir, listing.files[image]!);
  const probe = (image: number): Promise<Outcome<Probe>> => {
    const probed = probes.get(image) ?? settled(probeImage(pathOf(image)));
    probes.set(image, probed);
    return probed;
  };
  const read = async ({ image, repetition }: Turn, epoch: number, into: Uint8Array): Promise<BatchItem> => {
    const probed = await probe(image);
    if ('error' in probed) return { image, outcome: probed };
    const turn = [seed, epoch, image, ...(repetition > 0 ? [repetition] : [])];
    const next = random(mixSeeds(...turn));
    const outcome = await settled(decode(pathOf(image), probed.value, view, next, into));
    if (policy && 'value' in outcome) {
      const square = { pixels: into, width: view.size, height: view.size };
      into.set(distorted(policy, square, random(mixSeeds(...turn, distortions))));
    }
    return { image, outcome };
  };
  const start = async (batch: Turn[], epoch: number): Promise<DecodedBatch> => {
    const length = view.size * view.size * 3;
    const pixels = new Uint8Array(batch.length * length);
    const place = (index: number): Uint8Array => pixels.subarray(index * length, (index + 1) * length);
    return { pixels, members: await Promise.all(batch.map((turn, index) => read(turn, epoch, place(index)))) };
  };

  async function* batches(epoch = 0, startBatch = 0): AsyncGenerator<Batch, void, undefined> {
    if (!(Number.isInteger(startBatch) && startBatch >= 0 && startBatch <= length))
      throw invalid('startBatch', `a whole number from 0 to ${length} (the batches of an epoch)`, startBatch);
    const inOrder = Int32Array.from({ length: count }, (_, image) => image);
    const shuffled = (next: Random): Int32Array =>
      isBalanced ? balancedOrder(listing.labels, next) : permutation(count, next);
    const order = shuffle ? shuffled(random(mixSeeds(seed, epoch))) : inOrder;
    const repeated = repetitions(order);
    const turns = Array.from(order, (image, place): Turn => ({ image, repetition: repeated[place]! }));
    const plannedOf = (number: number): number => Math.min(batchSize, count - number * batchSize);
    const turnsOf = (number: number): Turn[] => {
      const [from, to] = shareOf(plannedOf(number), share);
      return turns.slice(number * batchSize + from, number * batchSize + to);
    };
    const unfinished = readAhead(
      {
        from: startBatch,
        to: length,
        prepare: (number) => Promise.all(turnsOf(number).map(({ image }) => probe(image))),
        start: (number) => start(turnsOf(number), epoch),
      },
      ahead,
    );
    let number = startBatch;
    let yielded = 0;
    for await (const decoded of unfinished) {
      for (const { image, outcome } of decoded.members)
        if ('error' in outcome) skipped.add(listing.files[image]!, reasonOf(outcome.error));
      const planned = plannedOf(number);
      const [from] = shareOf(planned, share);
      const batch = assemble(listing, view.size, number++, decoded, { from, planned });
      images += batch.files.length;
      if (batch.files.length === 0 && share.size === 1) continue;
      yielded++;
      yield batch;
    }
    if (yielded === 0 && startBatch === 0)
      throw new Failure(`${listing.dir}: not one of ${count} images can be read: ${sentence(skipped.list())}`);
  }

  return { length, batches, summary: () => ({ images, skipped: skipped.list() }) };
}

/** Sets the draws of a policy apart from those of the crop; no image comes so often in an epoch. */
const distortions = 0xd15707;

/** An image's turn in an epoch. */
interface Turn {
  /** Place in the listing. */
  image: number;
  /** How often it has come before in the epoch. */
  repetition: number;
}

/** One process reads everything. */
const whole: Share = { rank: 0, size: 1 };

/** A promise that never rejects, so that an error can wait until its batch's turn comes. */
function settled<T>(promise: Promise<T>): Promise<Outcome<T>> {
  return promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}

function checkOptions(options: ReaderOptions, images: number): void {
  const { batchSize = 32, view = standardCrop, ahead = 2, dropLast, onError = 'skip', maxErrorShare = 0 } = options;
  checkCropSpec(view);
  if (options.policy) checkPolicy(options.policy);
  if (images === 0) throw invalid('listing', 'at least one image', phrase('none'));
  if (!(Number.isInteger(batchSize) && batchSize > 0)) throw invalid('batchSize', 'a whole number above 0', batchSize);
  if (dropLast && batchSize > images)
    throw invalid('batchSize', `at most ${images}, the number of images, with dropLast`, batchSize);
  if (!(Number.isInteger(ahead) && ahead >= 0)) throw invalid('ahead', 'a whole number of batches, 0 or more', ahead);
  if (onError !== 'skip' && onError !== 'stop') throw invalid('onError', 'skip or stop', onError);
  if (!(maxErrorShare >= 0 && maxErrorShare <= 1)) throw invalid('maxErrorShare', 'a share from 0 to 1', maxErrorShare);
}
