import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { invalid, phrase } from '../../errors.js';
import { writeFileAtomic } from '../../files/write-atomic.js';
import { isObject } from '../../text/is-object.js';
import { hasFile } from '../../files/read-file.js';
import { encodeNpy, type HostMap } from '../../report/index.js';
import { readFloats } from '../read-map.js';
import { views, type View } from './views.js';

/** Maps of a fixed list of images after an epoch, as they are and, where they were made, in views of the floor. */
export interface MapSet {
  epoch: number;
  maps: HostMap[];
  inViews: { view: View; maps: HostMap[] }[];
}

/** An image of the list. */
export interface ListedImage {
  file: string;
  label: string;
}

/** What a folder of maps holds. */
export interface MapsFolder {
  /** Ascending. */
  epochs: number[];
  /** Undefined where there is no images.json. */
  images: ListedImage[] | undefined;
}

/**
 * Looks into a folder of maps, docs/convergence.md says what it holds: epoch-NNN.npy, epoch-NNN.VIEW.npy, images.json.
 *
 * @throws InvalidInput where it holds no epoch, or images.json is no list of files and labels; Failure for a pipe
 */
export function mapsFolder(dir: string): MapsFolder {
  const names = existsSync(dir) ? readdirSync(dir) : [];
  const epochs = names.flatMap((name) => {
    const [, digits] = /^epoch-(\d+)\.npy$/.exec(name) ?? [];
    if (digits === undefined) return [];
    const own = basename(fileOf(dir, Number(digits)));
    if (name !== own) throw invalid(dir, `three digits at least (${own})`, name);
    return [Number(digits)];
  });
  if (epochs.length === 0)
    throw invalid(dir, 'a folder with maps of an epoch at least (epoch-000.npy)', names.slice(0, 5));
  return { epochs: epochs.sort((a, b) => a - b), images: listedImages(join(dir, 'images.json')) };
}

function listedImages(path: string): ListedImage[] | undefined {
  if (!hasFile(path)) return undefined;
  const isListed = (one: unknown): one is ListedImage =>
    isObject(one) && typeof one.file === 'string' && typeof one.label === 'string';
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (Array.isArray(found) && found.every(isListed)) return found;
  } catch {
    // Said below.
  }
  throw invalid(path, 'a list of { "file": …, "label": … }', phrase('something else'));
}

/**
 * The maps of an epoch.
 *
 * @throws InvalidInput for a file that is no array of finite numbers [images, height, width], or views of another shape
 */
export function readMaps(dir: string, epoch: number): MapSet {
  const path = fileOf(dir, epoch);
  const maps = readStack(path);
  const inViews: MapSet['inViews'] = [];
  for (const view of views) {
    const file = fileOf(dir, epoch, view);
    if (!existsSync(file)) continue;
    const seen = readStack(file);
    refuseOther(file, seen, path, maps);
    inViews.push({ view, maps: seen });
  }
  return { epoch, maps, inViews };
}

/** @throws InvalidInput where two lists of maps differ in number or size */
export function refuseOther(
  name: string,
  found: readonly HostMap[],
  like: string,
  wanted: readonly HostMap[],
): void {
  const shape = (maps: readonly HostMap[]): string =>
    `[${maps.length}, ${maps[0]?.height}, ${maps[0]?.width}]`;
  if (shape(found) !== shape(wanted))
    throw invalid(name, `${shape(wanted)}, as ${like}`, phrase(shape(found)));
}

/** Writes which images the maps of a folder are of. */
export async function writeListedImages(dir: string, images: readonly ListedImage[]): Promise<void> {
  await writeFileAtomic(join(dir, 'images.json'), `${JSON.stringify(images, null, 1)}\n`);
}

/** Writes the maps of an epoch in the same form. */
export async function writeMaps(dir: string, { epoch, maps, inViews }: MapSet): Promise<void> {
  await Promise.all([
    ...inViews.map(({ view, maps }) => writeStack(fileOf(dir, epoch, view), maps)),
    writeStack(fileOf(dir, epoch), maps),
  ]);
}

function fileOf(dir: string, epoch: number, view?: View): string {
  const suffix = view ? `.${view.name.replaceAll(' ', '-')}` : '';
  return join(dir, `epoch-${String(epoch).padStart(3, '0')}${suffix}.npy`);
}

function readStack(path: string): HostMap[] {
  const { values, shape } = readFloats(path, ['images', 'height', 'width']);
  const [count, height, width] = shape as [number, number, number];
  const size = height * width;
  return Array.from({ length: count }, (_, at) => ({
    values: values.slice(at * size, (at + 1) * size),
    width,
    height,
  }));
}

async function writeStack(path: string, maps: readonly HostMap[]): Promise<void> {
  const { width, height } = maps[0]!;
  const data = new Float32Array(maps.length * width * height);
  maps.forEach(({ values }, at) => data.set(values, at * width * height));
  await writeFileAtomic(path, encodeNpy(data, [maps.length, height, width]));
}
