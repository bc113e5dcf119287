import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { someOf } from '../format.js';
import { classCounts } from './class-counts.js';
import type { Listing } from './listing.js';

/** How folders of data sets are called that are no classes. */
const parts = new Set(['train', 'training', 'val', 'valid', 'validation', 'test', 'testing']);
const IMBALANCE = 10;

/** "cat 120 + 30, dog 80 + 20": training and validation images of each class. */
export function countsPerClass(train: Listing, val: Listing): string {
  const [training, validation] = [classCounts(train), classCounts(val)];
  return someOf(train.classNames.map((name, label) => `${name} ${training[label]} + ${validation[label]}`));
}

/**
 * What is likely a mistake about training and validation data, a sentence each: classes that no validation image has,
 * the same images in both, the folder above given, formats that cannot be read, classes of very different size.
 */
export async function dataNotes(train: Listing, val: Listing): Promise<string[]> {
  return [
    ...folderAbove(train),
    ...(await sameImages(train, val)),
    ...notValidated(train, val),
    ...unreadable(train, val),
    ...imbalance(train),
  ];
}

function folderAbove({ dir, classNames }: Listing): string[] {
  if (!classNames.every((name) => parts.has(name.toLowerCase()))) return [];
  return [`the classes are called ${classNames.join(', ')}: is ${dir} the folder above the training images?`];
}

async function sameImages(train: Listing, val: Listing): Promise<string[]> {
  const [own, other] = await Promise.all([train, val].map(({ dir }) => realpath(dir).catch(() => dir)));
  const known = new Set(train.files.map((file) => join(own!, file)));
  const same = val.files.filter((file) => known.has(join(other!, file)));
  if (same.length === 0) return [];
  const which = same.length === val.files.length ? 'all' : String(same.length);
  return [
    `${which} of the ${val.files.length} validation images are training images too (${someOf(same, 2)}): validation says nothing about new images`,
  ];
}

function notValidated(train: Listing, val: Listing): string[] {
  const found = classCounts(val);
  const missing = train.classNames.filter((_, label) => found[label] === 0);
  return missing.length > 0 ? [`no validation image of ${someOf(missing)}: their accuracy is not measured`] : [];
}

function unreadable(train: Listing, val: Listing): string[] {
  const dirs = [train, val].filter(({ ignored }) => /\.hei[cf]\b/.test(ignored ?? '')).map(({ dir }) => dir);
  return dirs.length > 0
    ? [`HEIC images in ${[...new Set(dirs)].join(' and ')} are left out: convert them to JPEG or PNG`]
    : [];
}

function imbalance(train: Listing): string[] {
  const found = classCounts(train);
  const [most, least] = [Math.max(...found), Math.min(...found)];
  if (least === 0 || most < IMBALANCE * least) return [];
  const [large, small] = [most, least].map((count) => `${train.classNames[found.indexOf(count)]!} (${count})`);
  return [
    `the class ${large} has ${Math.round(most / least)} times the training images of ${small}: top-1 says little about small classes, see balanced accuracy in camtune evaluate accuracy`,
  ];
}
