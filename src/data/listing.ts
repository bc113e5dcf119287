import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid } from '../errors.js';
import { contains, imageExtensions, isFolderAt, kinds, LISTED_LINK, readFolder, readTree, sumOf, type Tree } from './image-tree.js';

/** Images and their classes, in a fixed order. Nothing has been decoded yet. */
export interface Listing {
  dir: string;
  classNames: string[];
  /** Paths relative to `dir`, with forward slashes. */
  files: string[];
  /** Class index of each file, [files]. */
  labels: Int32Array;
  /** What was left out of the class folders, for people: "12 × .heic, 3 × .gif"; absent where nothing was. */
  ignored?: string;
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

/**
 * Lists a folder that has one folder of images for each class, at any depth below it. Links are followed, and of a
 * class each real folder counts once. Files of other kinds are left out (`ignored`), and so are, silently, names that
 * start with a dot. The files are not opened.
 *
 * Throws InvalidInput when the folder or its classes are not usable, Failure when a folder cannot be read.
 */
export async function listImages(dir: string, { classNames, limit }: ListingOptions = {}): Promise<Listing> {
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0))
    throw invalid('limit', 'a whole number of images a class, above 0', limit);
  if (!(await isFolderAt(dir))) throw await noFolder(dir);
  const root = await realpath(dir);
  const found = await readFolder(dir);
  const real = await Promise.all(found.links.map((name) => realpath(join(dir, name))));
  const links = found.links.filter((_, at) => !contains(real[at]!, root));
  const circles = new Map(links.length < real.length ? [[LISTED_LINK, real.length - links.length]] : []);
  const folders = [...found.folders, ...links].sort();
  if (folders.length === 0)
    throw invalid(dir, 'one folder of images a class', 'no folders', 'put the images of class cat into the folder cat');
  if (classNames) matchClasses(dir, folders, classNames);
  else if (folders.length === 1)
    throw invalid(dir, 'at least two classes (folders of images)', folders, 'with one class there is nothing to learn');

  const classes = classNames ? [...classNames] : folders;
  const none: Tree = { images: [], ignored: new Map() };
  const perClass = await Promise.all(
    classes.map((name) => (folders.includes(name) ? readTree(dir, name, root) : Promise.resolve(none))),
  );
  const empty = classes.flatMap((name, index) => {
    const { images, ignored } = perClass[index]!;
    return folders.includes(name) && images.length === 0 ? [ignored.size > 0 ? `${name} (${kinds(ignored)})` : name] : [];
  });
  if (empty.length > 0)
    throw invalid(dir, `images (${[...imageExtensions].join(' ')}) in every class folder`, `none in ${empty.join(', ')}`);
  const kept = perClass.map(({ images }) => images.slice(0, limit));
  const ignored = kinds(sumOf([circles, ...perClass.map((one) => one.ignored)]));
  return {
    dir,
    classNames: classes,
    files: kept.flat(),
    labels: Int32Array.from(kept.flatMap((files, label) => files.map(() => label))),
    ...(ignored ? { ignored } : {}),
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
