import { realpath, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { invalid, phrase, show } from '../errors.js';
import { mixSeeds, permutation, random } from '../random.js';
import { isLabelTable, readLabelTable } from './labels-csv.js';
import { contains, imageExtensions, isFolderAt, kinds, LISTED_LINK, readFolder, readTree, sumOf } from './image-tree.js';

/** Images and their classes, in a fixed order. Nothing has been decoded yet. */
export interface Listing {
  /** The folder, or that of the table of labels. */
  dir: string;
  classNames: string[];
  /** Paths relative to `dir`, with forward slashes. */
  files: string[];
  /** Class index of each file, [files]. */
  labels: Int32Array;
  /** What was left out, for people: "12 × .heic, 3 × .gif"; absent where nothing was. */
  ignored?: string;
}

export interface ListingOptions {
  /**
   * The classes in the order of the network's outputs. By default the folders (or labels), sorted as Python's sorted()
   * does. When given, a folder of another name is an error, and a class without a folder has no images.
   */
  classNames?: readonly string[];
  /** At most so many images of each class: the first ones in sorted order. For quick runs. */
  limit?: number;
  /** Draws the images that `limit` leaves, of each class by itself, in place of the first ones; they stay in sorted order. */
  limitSeed?: number;
}

/**
 * Lists labeled images: a folder that has one folder of images for each class, at any depth below it, or a table of
 * labels (.csv, see readLabelTable). Links are followed, and of a class each real folder counts once. Files of other
 * kinds, and images that lie beside the folders, are left out (`ignored`), and so are, silently, names that start with a
 * dot and __MACOSX. The files are not opened.
 *
 * Throws InvalidInput when the folder, the table or its classes are not usable, Failure when one cannot be read.
 */
export async function listImages(path: string, options: ListingOptions = {}): Promise<Listing> {
  const { limit } = options;
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0))
    throw invalid('limit', 'a whole number of images a class, above 0', limit);
  if (await isLabelTable(path)) return listTable(path, options);
  if (!(await isFolderAt(path))) throw await noFolder(path);
  return listFolder(path, options);
}

async function listTable(path: string, { classNames, ...limits }: ListingOptions): Promise<Listing> {
  const { images, ignored } = await readLabelTable(path);
  const labels = [...new Set(images.map(({ label }) => composed(label)))].sort();
  if (images.length === 0) {
    const expected = `images (${[...imageExtensions].join(' ')}) in the table`;
    throw invalid(path, expected, phrase(ignored.size > 0 ? kinds(ignored) : 'none'));
  }
  if (classNames) {
    const known = new Set(classNames.map(composed));
    const other = images.find(({ label }) => !known.has(composed(label)));
    matchClasses(other ? `${path}, line ${other.line}` : path, labels, classNames);
  } else if (labels.length === 1) throw oneClass(path, 'labels', labels);
  const classes = classNames ? [...classNames] : labels;
  const files = new Map<string, string[]>(classes.map((name) => [composed(name), []]));
  for (const { file, label } of images) files.get(composed(label))!.push(file);
  const perClass = classes.map((name) => limited(files.get(composed(name))!.sort(), limits));
  return listed(dirname(path), classes, perClass, kinds(ignored));
}

async function listFolder(dir: string, { classNames, ...limits }: ListingOptions): Promise<Listing> {
  const root = await realpath(dir);
  const found = await readFolder(dir);
  const real = await Promise.all(found.links.map((name) => realpath(join(dir, name))));
  const links = found.links.filter((_, at) => !contains(real[at]!, root));
  const outside = new Map<string, number>();
  if (links.length < real.length) outside.set(LISTED_LINK, real.length - links.length);
  if (found.images.length > 0) outside.set('image outside the class folders', found.images.length);
  const folders = [...found.folders, ...links].sort();
  const foldersOf = new Map<string, string[]>();
  for (const folder of folders) foldersOf.set(composed(folder), [...(foldersOf.get(composed(folder)) ?? []), folder]);
  const names = [...foldersOf.keys()].sort();
  if (folders.length === 0)
    throw invalid(dir, 'one folder of images a class', phrase('no folders'), 'put the images of class cat into the folder cat');
  if (classNames) matchClasses(dir, names, classNames);
  else if (names.length === 1) throw oneClass(dir, 'folders of images', names);

  const classes = classNames ? [...classNames] : names;
  const perClass = await Promise.all(
    classes.map(async (name) => {
      const own = foldersOf.get(composed(name)) ?? [];
      const trees = await Promise.all(own.map((folder) => readTree(dir, folder, root)));
      return {
        isThere: own.length > 0,
        images: trees.flatMap(({ images }) => images).sort(),
        ignored: sumOf(trees.map(({ ignored }) => ignored)),
      };
    }),
  );
  const empty = classes.flatMap((name, index) => {
    const { isThere, images, ignored } = perClass[index]!;
    return isThere && images.length === 0 ? [ignored.size > 0 ? `${name} (${kinds(ignored)})` : name] : [];
  });
  if (empty.length > 0)
    throw invalid(
      dir,
      `images (${[...imageExtensions].join(' ')}) in every class folder`,
      phrase(`none in ${empty.join(', ')}`),
      'add some, or remove the folder',
    );
  const kept = perClass.map(({ images }) => limited(images, limits));
  return listed(dir, classes, kept, kinds(sumOf([outside, ...perClass.map((one) => one.ignored)])));
}

/** @param files of one class, sorted */
function limited(files: string[], { limit, limitSeed }: Omit<ListingOptions, 'classNames'>): string[] {
  if (limit === undefined || limitSeed === undefined) return files.slice(0, limit);
  const drawn = permutation(files.length, random(mixSeeds(limitSeed, 0x11a17))).subarray(0, limit);
  return Array.from(drawn.sort(), (index) => files[index]!);
}

/** @param files of each class */
function listed(dir: string, classNames: string[], files: readonly string[][], ignored: string): Listing {
  return {
    dir,
    classNames,
    files: files.flat(),
    labels: Int32Array.from(files.flatMap((own, label) => own.map(() => label))),
    ...(ignored ? { ignored } : {}),
  };
}

function oneClass(name: string, what: string, found: string[]): Error {
  return invalid(name, `at least two classes (${what})`, found, 'with one class there is nothing to learn');
}

async function noFolder(path: string): Promise<Error> {
  const expected = 'a folder with one folder of images a class, or a table of labels (.csv)';
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return invalid(path, expected, phrase(extname(path) ? 'no such file' : 'no such folder'));
  return invalid(path, expected, phrase('a file'));
}

/**
 * Makes sure that every class found is one of the known ones: of those that the network was trained on.
 *
 * @param name where the classes were found, for the error
 */
export function matchClasses(name: string, found: readonly string[], known: readonly string[]): void {
  const names = new Set(known.map(composed));
  const unknown = found.filter((className) => !names.has(composed(className)));
  if (unknown.length === 0) return;
  const fix = unknown.every(isPart) ? `did you mean ${name}/${unknown.at(-1)}?` : 'rename or remove these';
  throw invalid(name, `classes among ${list(known)}`, phrase(list(unknown.map(show))), fix);
}

/** How folders of data sets are called that are no classes. */
const parts = new Set(['train', 'training', 'val', 'valid', 'validation', 'test', 'testing']);

/** Whether a folder of such a name holds classes, rather than being one. */
export function isPart(name: string): boolean {
  return parts.has(name.toLowerCase());
}

/** One form of a name: macOS writes the ü of a folder as u and two dots, others as one character. */
function composed(name: string): string {
  return name.normalize('NFC');
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 12).join(', ');
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown;
}
