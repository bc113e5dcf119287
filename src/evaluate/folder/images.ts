import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import {
  batchesOf,
  imageFiles,
  imageReader,
  isLabelTable,
  listImages,
  readCocoBoxes,
  type Batch,
  type BoxSet,
  type Listing,
  type CropSpec,
  type Share,
} from '../../data/index.js';
import { Failure, invalid, InvalidInput } from '../../errors.js';
import { middle, type OpenedClassifier } from '../../models/index.js';

/** The images of an evaluation. */
export interface EvaluationImages {
  /** Of all processes together. */
  count: number;
  /** Those of this process, in their order. */
  files: readonly string[];
  /** What the names of the files are relative to. */
  dir: string;
  /** What they are, for the protocol. */
  about: string;
  /**
   * From the first batch, each time.
   *
   * @param isDone of which images nothing is to be read
   */
  batches(this: void, isDone?: (image: string) => boolean): AsyncGenerator<Batch>;
  /** The files that could not be read. */
  skipped(): string[];
}

export interface ImageOptions {
  /** At most so many images, evenly spread over the list. */
  limit?: number;
  /** Images in a batch. */
  batch: number;
  /** The part of this process, where several measure. */
  share?: Share;
}

/**
 * The images in and below a folder, of a table of labels, or of a COCO folder, seen as the weights want them.
 *
 * @param classNames where labels are wanted: the folder then has one folder of images a class
 */
export async function folderImages(
  data: string,
  network: Pick<OpenedClassifier, 'view' | 'size'>,
  options: ImageOptions,
  classNames?: readonly string[],
): Promise<EvaluationImages> {
  const listing = classNames ? await listImages(data, { classNames }) : await allImages(data);
  return read(listing, network, options, data);
}

type LabeledNetwork = Pick<OpenedClassifier, 'view' | 'size' | 'classes' | 'classNames'>;

/** Images with their classes. */
export interface LabeledImages extends EvaluationImages {
  /** In the order of the network's outputs. */
  classNames: readonly string[];
  /** Of the files and their labels, for the protocol: other labels are not mixed with these. */
  digest: string;
}

/**
 * Images of class folders or of a table of labels. Classes are matched by name with those of the network, in whatever
 * order; a network without names has its outputs in the order of the classes found.
 *
 * @throws InvalidInput as listImages does, and where a network without names has another number of classes
 */
export async function labeledImages(
  data: string,
  network: LabeledNetwork,
  options: ImageOptions,
): Promise<LabeledImages> {
  const { classes, classNames } = network;
  const listing = await listImages(data, classNames ? { classNames } : {});
  if (listing.classNames.length !== classes) {
    const expected = `${classes} classes, as many as the network has outputs (it does not name them)`;
    throw invalid(data, expected, listing.classNames.length);
  }
  const hash = createHash('sha256').update(JSON.stringify([listing.files, [...listing.labels]]));
  return {
    ...read(listing, network, options, data),
    classNames: listing.classNames,
    digest: hash.digest('hex').slice(0, 12),
  };
}

/** The same, or undefined where the images have no labels or others than the network. */
export async function imagesWithLabels(
  data: string,
  network: LabeledNetwork,
  options: ImageOptions,
): Promise<LabeledImages | undefined> {
  try {
    return await labeledImages(data, network, options);
  } catch (error) {
    if (error instanceof InvalidInput) return undefined;
    throw error;
  }
}

/**
 * The images of a COCO folder: instances.json (or the .json itself) and the images beside it or in images/. The whole
 * image is squeezed to a square, so that no object is cut off beside what a network that is not square leaves of it; labels
 * are numbers of images in `boxes`.
 */
export async function cocoImages(
  data: string,
  network: Pick<OpenedClassifier, 'view' | 'size'>,
  options: ImageOptions,
): Promise<EvaluationImages & { boxes: BoxSet }> {
  const file = await annotationsOf(data);
  if (!file) throw invalid('--data', 'a COCO folder, with instances.json', data);
  const boxes = await readCocoBoxes(file);
  const dir = await firstFolder([join(dirname(file), 'images'), dirname(file)]);
  const listing: Listing = {
    dir,
    classNames: [],
    files: boxes.images.map((image) => image.file),
    labels: Int32Array.from(boxes.images.keys()),
  };
  const { size, interpolation } = network.view;
  const view: CropSpec = { crop: 'whole', size, ...(interpolation && { interpolation }) };
  return { ...read(listing, { ...network, view }, options, data), boxes };
}

/** The annotations of a COCO folder, or undefined where the folder is none. */
export async function annotationsOf(data: string): Promise<string | undefined> {
  if (data.endsWith('.json')) return data;
  const file = join(data, 'instances.json');
  return (await stat(file).catch(() => undefined)) ? file : undefined;
}

async function firstFolder(candidates: string[]): Promise<string> {
  for (const candidate of candidates) {
    if ((await readdir(candidate).catch(() => [])).length > 0) return candidate;
  }
  return candidates.at(-1)!;
}

/**
 * Refuses more processes than there are images, before any of them is started.
 *
 * @throws InvalidInput, also where there are no images
 */
export async function checkShares(data: string, processes: number, limit = Infinity): Promise<void> {
  const { length } = (await allImages(data)).files;
  checkSize(processes, Math.min(limit, length));
}

function checkSize(processes: number, images: number): void {
  if (processes > images) throw invalid('--processes', `at most ${images}, the images`, processes);
}

async function allImages(data: string): Promise<Listing> {
  const entry = await stat(data).catch(() => undefined);
  const isTable = await isLabelTable(data);
  if (!entry?.isDirectory() && !isTable)
    throw invalid('--data', 'a folder of images, or a table of labels (.csv)', data);
  const dir = isTable ? dirname(data) : data;
  const files = (await imageFiles([data])).map((path) => relative(dir, path));
  return { dir, classNames: [], files, labels: new Int32Array(files.length) };
}

function read(
  listing: Listing,
  { view, size }: Pick<OpenedClassifier, 'view' | 'size'>,
  { limit, batch, share }: ImageOptions,
  data: string,
): EvaluationImages {
  const all = listing.files.length;
  const count = Math.min(limit ?? all, all);
  if (share) checkSize(share.size, count);
  const chosen = Array.from({ length: count }, (_, index) => Math.floor((index * all) / count));
  const own = share ? batchesOf(count, batch, share).map((place) => chosen[place]!) : chosen;
  const skipped = new Map<string, string>();
  const which = count < all ? `${count} of ${all} images, evenly spread` : `${count} images`;
  // As a reader of all of them has it.
  const patience = Math.max(5, Math.floor(0.05 * count));
  async function* batches(isDone: (image: string) => boolean = () => false): AsyncGenerator<Batch> {
    const left = own.filter((index) => !isDone(listing.files[index]!));
    if (left.length === 0) return;
    const some: Listing = {
      ...listing,
      files: left.map((index) => listing.files[index]!),
      labels: Int32Array.from(left, (index) => listing.labels[index]!),
    };
    const maxErrorShare = Math.min(1, (patience + 0.5) / left.length);
    const reader = imageReader(some, { view, batchSize: batch, maxErrorShare });
    try {
      yield* seenBy(reader.batches(), size);
    } catch (error) {
      // Of what an earlier start or another process has left over, all may be unreadable.
      const unreadable = reader.summary().skipped.length;
      if (!(error instanceof Failure) || left.length === count) throw error;
      if (unreadable < left.length || unreadable > patience) throw error;
    } finally {
      reader.summary().skipped.forEach(({ file, reason }) => skipped.set(file, reason));
    }
  }
  return {
    count,
    files: own.map((index) => listing.files[index]!),
    dir: listing.dir,
    about: `${basename(data)}: ${which}; ${view.crop === 'whole' ? 'whole image squeezed' : 'center crop'}${listing.ignored ? `; left out: ${listing.ignored}` : ''}`,
    batches,
    skipped: () => [...skipped].map(([file, reason]) => `${file} ${reason}`),
  };
}

/** What a network that is not square sees of the squares that were read. */
async function* seenBy(
  batches: AsyncGenerator<Batch>,
  [height, width]: [height: number, width: number],
): AsyncGenerator<Batch> {
  for await (const batch of batches) {
    const [images, side] = batch.shape;
    const length = side * side * 3;
    const parts = batch.crops.map((crop, image) =>
      middle({ pixels: batch.pixels.subarray(image * length, (image + 1) * length), crop }, side, [
        height,
        width,
      ]),
    );
    if (height === side && width === side) yield batch;
    else
      yield {
        ...batch,
        shape: [images, height, width, 3],
        pixels: Buffer.concat(parts.map(({ pixels }) => pixels)),
        crops: parts.map(({ crop }) => crop),
      };
  }
}
