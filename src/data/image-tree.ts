import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { Failure } from '../errors.js';
import { systemReason } from '../files/folders.js';

/** How the files of images are called, in any case. */
export const imageExtensions: ReadonlySet<string> = new Set(['.jpg', '.jpeg', '.png', '.webp', '.avif', '.tif', '.tiff']);

/** The kind of a link that would list images a second time. */
export const LISTED_LINK = 'link to a folder that is listed already';

/** The images in and below a folder. */
export interface Tree {
  /** Paths from where the search began, sorted. */
  images: string[];
  /** How many files of which kind were left out. */
  ignored: Map<string, number>;
}

/**
 * Lists the images in and below a folder, links followed, each real folder once: under its own name, where a link and
 * the folder itself are found. Hidden names are passed over.
 *
 * @param start folder, as seen from `dir`; empty for `dir` itself
 * @param root real path of a folder; a link to it, or to a folder around it, leads in a circle
 * @throws Failure when a folder cannot be read
 */
export async function readTree(dir: string, start: string, root: string): Promise<Tree> {
  const found: Tree = { images: [], ignored: new Map() };
  const ignore = (kind: string): unknown => found.ignored.set(kind, (found.ignored.get(kind) ?? 0) + 1);
  const seen = new Set<string>();
  const [folders, links] = [[start], [] as string[]];
  while (folders.length + links.length > 0) {
    const isLink = folders.length === 0;
    const folder = isLink ? links.shift()! : folders.shift()!;
    const real = await realpath(join(dir, folder)).catch(() => join(dir, folder));
    if (seen.has(real) || (isLink && contains(real, root))) {
      ignore(LISTED_LINK);
      continue;
    }
    seen.add(real);
    const content = await readFolder(join(dir, folder));
    const below = (name: string): string => (folder ? `${folder}/${name}` : name);
    for (const name of content.images) found.images.push(below(name));
    for (const name of content.folders) folders.push(below(name));
    for (const name of content.links) links.push(below(name));
    content.others.forEach(ignore);
  }
  return { ...found, images: found.images.sort() };
}

/** What a folder holds, each list sorted. */
export interface Folder {
  folders: string[];
  /** Symbolic links to folders. */
  links: string[];
  images: string[];
  /** The kind of each file that is no image. */
  others: string[];
}

/**
 * What a folder holds, sorted. A folder that is called x.jpg counts as a (broken) image, and so does a link of such a
 * name, wherever it leads: whoever reads it finds out, and a data set of links is listed without asking for each.
 */
export async function readFolder(path: string): Promise<Folder> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new Failure(`${path}: the folder cannot be read: ${systemReason(error)}`);
  });
  const found: Folder = { folders: [], links: [], images: [], others: [] };
  for (const entry of entries) {
    if (isHidden(entry.name)) continue;
    const extension = extname(entry.name).toLowerCase();
    const canBeRead = entry.isFile() || entry.isSymbolicLink() || entry.isDirectory();
    if (!canBeRead) found.others.push('pipe, socket or device');
    else if (imageExtensions.has(extension)) found.images.push(entry.name);
    else if (entry.isDirectory()) found.folders.push(entry.name);
    else if (entry.isSymbolicLink() && (await isFolderAt(join(path, entry.name)))) found.links.push(entry.name);
    else found.others.push(extension || 'no extension');
  }
  for (const names of [found.folders, found.links, found.images]) names.sort();
  return found;
}

/** Names that start with a dot, and the folder of such files that macOS packs into a zip file. */
function isHidden(name: string): boolean {
  return name.startsWith('.') || name === '__MACOSX';
}

/** Whether a folder is another one or around it; both real paths. */
export function contains(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}

/** "12 × .heic, 3 × .gif", the most frequent kind first; empty where nothing was left out. */
export function kinds(ignored: ReadonlyMap<string, number>): string {
  const sorted = [...ignored].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
  return sorted.map(([kind, count]) => `${count} × ${kind}`).join(', ');
}

/** Counts of several trees together. */
export function sumOf(parts: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const sum = new Map<string, number>();
  for (const [kind, count] of parts.flatMap((part) => [...part])) sum.set(kind, (sum.get(kind) ?? 0) + count);
  return sum;
}

/** Whether a folder is there, links followed. */
export function isFolderAt(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
