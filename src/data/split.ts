import { dirname, relative, resolve, sep } from 'node:path';
import { csvLines } from '../text/csv.js';
import { invalid } from '../errors.js';
import { mixSeeds, permutation, random } from '../random.js';
import { readLabelTable } from './labels-csv.js';
import type { Listing } from './listing.js';

/** One listing in two parts, each in the order of the whole. */
export interface Split {
  train: Listing;
  val: Listing;
}

/**
 * Splits validation images off, the same share of every class, but of a class with two images or more at least one and
 * never all.
 *
 * @param share of each class that is validated on, above 0 and below 1
 */
export function stratifiedSplit(listing: Listing, share: number, seed: number): Split {
  if (!(share > 0 && share < 1)) throw invalid('share', 'a number above 0 and below 1', share);
  const heldOut = new Set<number>();
  imagesOfClasses(listing).forEach((images, label) => {
    const count = Math.min(images.length - 1, Math.max(1, Math.round(share * images.length)));
    const order = permutation(images.length, random(mixSeeds(seed, label)));
    for (const place of order.subarray(0, Math.max(0, count))) heldOut.add(images[place]!);
  });
  return parts(listing, (image) => heldOut.has(image));
}

/**
 * The split that an earlier run kept as a table of its validation images.
 *
 * Throws as readLabelTable does, and InvalidInput where the table names an image that the listing lacks.
 */
export async function keptSplit(listing: Listing, table: string): Promise<Split> {
  const { images } = await readLabelTable(table);
  const known = new Set(listing.files.map((file) => resolve(listing.dir, file)));
  const heldOut = new Set<string>();
  for (const { file, line } of images) {
    const path = resolve(dirname(table), file);
    if (!known.has(path)) throw invalid(`${table}, line ${line}`, `an image of ${listing.dir}`, file);
    heldOut.add(path);
  }
  return parts(listing, (image) => heldOut.has(resolve(listing.dir, listing.files[image]!)));
}

/**
 * A listing as a table of labels that readLabelTable reads.
 *
 * @param folder where the table will stand: its paths are relative to that
 */
export function labelTable({ dir, files, labels, classNames }: Listing, folder: string): string {
  const rows = files.map((file, image) => {
    const path = relative(resolve(folder), resolve(dir, file));
    return [sep === '/' ? path : path.replaceAll(sep, '/'), classNames[labels[image]!]!];
  });
  return csvLines([['path', 'label'], ...rows]);
}

/**
 * Some images of a listing, as many of each class as there are, drawn by a seed; classes that run out leave their places
 * to the others.
 *
 * @returns indices, ascending
 */
export function stratifiedChoice(listing: Pick<Listing, 'labels' | 'classNames'>, count: number, seed: number): number[] {
  const next = random(seed);
  const drawn = imagesOfClasses(listing).map((images) => [...permutation(images.length, next)].map((place) => images[place]!));
  // Where there are more classes than places, chance says which classes have one.
  const order = [...permutation(drawn.length, next)];
  const most = Math.max(0, ...drawn.map((images) => images.length));
  const rounds = Array.from({ length: most }, (_, round) => order.flatMap((label) => drawn[label]![round] ?? []));
  return rounds.flat().slice(0, count).sort((a, b) => a - b);
}

/** A part of a listing. */
export function partOf(listing: Listing, images: readonly number[]): Listing {
  return {
    ...listing,
    files: images.map((image) => listing.files[image]!),
    labels: Int32Array.from(images, (image) => listing.labels[image]!),
  };
}

function parts(listing: Listing, isHeldOut: (image: number) => boolean): Split {
  const images = [...listing.files.keys()];
  const val = partOf(listing, images.filter(isHeldOut));
  // What was left out is said once.
  delete val.ignored;
  return { train: partOf(listing, images.filter((image) => !isHeldOut(image))), val };
}

/** Indices of the images of each class. */
function imagesOfClasses({ labels, classNames }: Pick<Listing, 'labels' | 'classNames'>): number[][] {
  const images: number[][] = classNames.map(() => []);
  labels.forEach((label, image) => images[label]!.push(image));
  return images;
}
