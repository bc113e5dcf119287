import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { firstFew } from '../text/format.js';
import { classCounts } from './class-counts.js';
import { isPart, type Listing } from './listing.js';

const IMBALANCE = 10;

/** "cat 120 + 30, dog 80 + 20": training and validation images of each class. */
export function countsPerClass(train: Listing, val: Listing): string {
  const [training, validation] = [classCounts(train), classCounts(val)];
  return firstFew(train.classNames.map((name, label) => `${name} ${training[label]} + ${validation[label]}`));
}

/**
 * What is likely a mistake about training and validation data, a sentence each: classes that no validation image has,
 * the same images in both or in two classes, folders on another level than the classes, formats that cannot be read,
 * classes of very different size.
 */
export async function dataNotes(train: Listing, val: Listing): Promise<string[]> {
  const [training, validation] = [await realFiles(train), await realFiles(val)];
  return [
    ...folderAbove(train),
    ...foldersBelow(train),
    ...sameImages(val, training, validation),
    ...inTwoClasses(train, training),
    ...notValidated(train, val),
    ...unreadable(train, val),
    ...imbalance(train),
  ];
}

function folderAbove({ dir, classNames }: Listing): string[] {
  if (!classNames.every(isPart)) return [];
  return [`the classes are called ${classNames.join(', ')}: is ${dir} the folder above the training images?`];
}

/** Classes whose images are all in several folders further down, while others have theirs where they are expected. */
function foldersBelow({ classNames, files, labels }: Listing): string[] {
  const below = classNames.map(() => new Set<string | undefined>());
  files.forEach((file, image) => {
    const [, folder, deeper] = file.split('/');
    below[labels[image]!]!.add(deeper === undefined ? undefined : folder);
  });
  const isDeeper = below.map((folders) => folders.size > 1 && !folders.has(undefined));
  if (isDeeper.every(Boolean)) return [];
  return classNames
    .filter((_, label) => isDeeper[label])
    .map((name) => {
      const folders = firstFew([...below[classNames.indexOf(name)]!] as string[]);
      return `all images of ${name} are in folders below it (${folders}), which are no classes of their own: is ${name} a class?`;
    });
}

/** Where each image really is, links to folders followed. */
async function realFiles({ dir, files }: Listing): Promise<string[]> {
  const folders = new Map(files.map((file) => [dirname(file), '']));
  for (const folder of folders.keys()) {
    const path = join(dir, folder);
    folders.set(folder, await realpath(path).catch(() => path));
  }
  return files.map((file) => join(folders.get(dirname(file))!, basename(file)));
}

function sameImages(val: Listing, training: readonly string[], validation: readonly string[]): string[] {
  const known = new Set(training);
  const same = val.files.filter((_, image) => known.has(validation[image]!));
  if (same.length === 0) return [];
  const which = same.length === val.files.length ? 'all' : String(same.length);
  return [
    `${which} of the ${val.files.length} validation images are training images too (${firstFew(same, 2)}): validation says nothing about new images`,
  ];
}

function inTwoClasses({ files, labels, classNames }: Listing, real: readonly string[]): string[] {
  const first = new Map<string, number>();
  const twice = files.flatMap((file, image) => {
    const label = labels[image]!;
    const before = first.get(real[image]!) ?? label;
    first.set(real[image]!, before);
    return before === label ? [] : [`${file}, also of ${classNames[before]}`];
  });
  if (twice.length === 0) return [];
  const are = twice.length === 1 ? 'image is' : 'images are';
  return [`${twice.length} training ${are} in two classes (${firstFew(twice, 2)})`];
}

function notValidated(train: Listing, val: Listing): string[] {
  const found = classCounts(val);
  const missing = train.classNames.filter((_, label) => found[label] === 0);
  return missing.length > 0 ? [`no validation image of ${firstFew(missing)}: their accuracy is not measured`] : [];
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
