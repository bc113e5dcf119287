import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { invalid, phrase } from '../errors.js';
import { matchesWildcard } from '../text/wildcard.js';
import { imageExtensions, kinds, readTree } from './image-tree.js';
import { isLabelTable, readLabelTable } from './labels-csv.js';

/**
 * The image files that somebody means: files as they are (whether they can be read shows when they are), of folders
 * the images in and below them, of tables of labels (.csv) those that they list, and of patterns with * and ? (a shell
 * that expands them itself is as good) what they match; each sorted.
 *
 * @throws InvalidInput where a folder or a pattern holds no image, and as readLabelTable does
 */
export async function imageFiles(given: string[]): Promise<string[]> {
  const found = await Promise.all(
    given.map(async (path) => {
      if (await isFolder(path)) return below(path);
      if (await isLabelTable(path)) return listed(path);
      return /[*?]/.test(path) && !(await exists(path)) ? matches(path) : [path];
    }),
  );
  return found.flat();
}

async function below(folder: string): Promise<string[]> {
  const { images, ignored } = await readTree(folder, '', await realpath(folder));
  if (images.length === 0) {
    const expected = `images (${[...imageExtensions].join(' ')}) in ${folder}`;
    throw invalid('--image', expected, phrase(ignored.size > 0 ? `none (${kinds(ignored)})` : 'none'));
  }
  return images.map((name) => join(folder, name));
}

async function listed(table: string): Promise<string[]> {
  const { images } = await readLabelTable(table);
  if (images.length === 0) throw invalid('--image', `images in ${table}`, phrase('none'));
  return images.map(({ file }) => join(dirname(table), file)).sort();
}

async function matches(pattern: string): Promise<string[]> {
  const [first = '', ...segments] = pattern.split('/');
  let paths = first === '' ? ['/'] : await step([''], first);
  for (const segment of segments) paths = await step(paths, segment);
  const images = paths.filter(isImage).sort();
  if (images.length === 0) throw invalid('--image', 'a pattern that images match', pattern);
  return images;
}

async function step(folders: string[], segment: string): Promise<string[]> {
  if (!/[*?]/.test(segment)) return folders.map((folder) => join(folder, segment));
  const found = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(folder || '.').catch(() => []);
      const visible = names.filter((name) => !name.startsWith('.') || segment.startsWith('.'));
      return visible.filter((name) => matchesWildcard(segment, name)).map((name) => join(folder, name));
    }),
  );
  return found.flat();
}

function isImage(name: string): boolean {
  return imageExtensions.has(extname(name).toLowerCase());
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
