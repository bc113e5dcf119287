import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Failure, invalid } from '../errors.js';

/** Images and their classes, in a fixed order. Nothing has been decoded yet. */
export interface Listing {
  dir: string;
  classNames: string[];
  /** Paths relative to `dir`, with forward slashes. */
  files: string[];
  /** Class index of each file, [files]. */
  labels: Int32Array;
}

export interface ListingOptions {
  /**
   * The classes in the order of the network's outputs. By default the folders, sorted as Python's sorted() does.
   * When given, a folder of another name is an error, and a class without a folder has no images.
   */
  classNames?: readonly string[];
  /** At most so many images of each class: the first ones in sorted order. For quick runs. */
  limit?: number;
}

const extensions = new Set(['.jpg', '.jpeg', '.png', '.webp', '.avif', '.tif', '.tiff']);

/**
 * Lists a folder that has one folder of images for each class, at any depth below it. Files of other kinds and names
 * that start with a dot are passed over; the files are not opened.
 *
 * Throws InvalidInput when the folder or its classes are not usable, Failure when a folder cannot be read.
 */
export async function listImages(dir: string, { classNames, limit }: ListingOptions = {}): Promise<Listing> {
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0))
    throw invalid('limit', 'a whole number of images a class, above 0', limit);
  if (!(await isFolderAt(dir))) throw await noFolder(dir);
  const { folders } = await readFolder(dir);
  if (folders.length === 0)
    throw invalid(dir, 'one folder of images a class', 'no folders', 'put the images of class cat into the folder cat');
  if (classNames) matchClasses(dir, folders, classNames);
  else if (folders.length === 1)
    throw invalid(dir, 'at least two classes (folders of images)', folders, 'with one class there is nothing to learn');

  const classes = classNames ? [...classNames] : folders;
  const perClass = await Promise.all(
    classes.map((name) => (folders.includes(name) ? imagesBelow(dir, name) : Promise.resolve([]))),
  );
  const empty = classes.filter((name, index) => folders.includes(name) && perClass[index]!.length === 0);
  if (empty.length > 0)
    throw invalid(dir, `images (${[...extensions].join(' ')}) in every class folder`, `none in ${empty.join(', ')}`);
  const kept = perClass.map((files) => files.slice(0, limit));
  return {
    dir,
    classNames: classes,
    files: kept.flat(),
    labels: Int32Array.from(kept.flatMap((files, label) => files.map(() => label))),
  };
}

async function noFolder(dir: string): Promise<Error> {
  const expected = 'a folder with one folder of images a class';
  const isThere = await stat(dir).then(
    () => true,
    () => false,
  );
  if (!isThere) return invalid(dir, expected, 'no such folder');
  return invalid(dir, expected, 'a file', 'classes come from the names of folders, not from a table of labels');
}

/**
 * Makes sure that every class found is one of the known ones: of those that the network was trained on.
 *
 * @param name where the classes were found, for the error
 */
export function matchClasses(name: string, found: readonly string[], known: readonly string[]): void {
  const unknown = found.filter((className) => !known.includes(className));
  if (unknown.length > 0) throw invalid(name, `classes among ${list(known)}`, list(unknown), 'rename or remove these');
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 12).join(', ');
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown;
}

/** Paths of the images below a folder, sorted. */
async function imagesBelow(dir: string, folder: string): Promise<string[]> {
  const { folders, images } = await readFolder(join(dir, folder));
  const deeper = await Promise.all(folders.map((name) => imagesBelow(dir, `${folder}/${name}`)));
  return [...images.map((name) => `${folder}/${name}`), ...deeper.flat()].sort();
}

/** What a folder holds, sorted, symbolic links followed. A folder that is called x.jpg counts as a (broken) image. */
async function readFolder(path: string): Promise<{ folders: string[]; images: string[] }> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new Failure(`${path}: the folder cannot be read (${error.code})`);
  });
  const folders: string[] = [];
  const images: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    if (extensions.has(extname(entry.name).toLowerCase())) images.push(entry.name);
    else if (entry.isDirectory() || (entry.isSymbolicLink() && (await isFolderAt(join(path, entry.name)))))
      folders.push(entry.name);
  }
  return { folders: folders.sort(), images: images.sort() };
}

function isFolderAt(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
