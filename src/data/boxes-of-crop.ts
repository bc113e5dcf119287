import { join } from 'node:path';
import { Failure, invalid, phrase } from '../errors.js';
import type { Crop } from './batch.js';
import { readCocoBoxes, type BoxedImage, type BoxSet } from './coco.js';
import type { Listing } from './listing.js';
import { probeImage } from './probe.js';

/** The boxes of the images of a listing, by their path relative to its folder. An image without an entry has no box. */
export type ListedBoxes = ReadonlyMap<string, BoxedImage>;

/** Images whose size is compared with what the file of boxes says. */
const SAMPLE = 16;

/**
 * Reads the boxes of a listing from a file in COCO's instances format. Opens a few of the images, to see whether the
 * boxes were made for images of their size; what cannot be read is left to the reader.
 *
 * Throws as readCocoBoxes and matchBoxes do, and InvalidInput where an image has another size than its entry says.
 */
export async function readBoxes(
  path: string,
  listing: Pick<Listing, 'dir' | 'files'>,
): Promise<ListedBoxes> {
  const boxes = matchBoxes(await readCocoBoxes(path), listing, path);
  const all = [...boxes];
  const step = Math.ceil(all.length / SAMPLE);
  const sample = all.filter((_, index) => index % step === 0);
  for (const [file, entry] of sample) {
    const size = await probeImage(join(listing.dir, file)).catch(() => entry);
    if (size.width === entry.width && size.height === entry.height) continue;
    const expected = `${size.width} × ${size.height} pixels, the size of ${file} as it is shown`;
    const fix = 'make the boxes for the images as they are stored';
    throw invalid(`${path}, ${entry.file}`, expected, phrase(`${entry.width} × ${entry.height}`), fix);
  }
  return boxes;
}

/**
 * Finds the image of each entry: by its path relative to the folder, or by its base name where only one image has it and
 * the entry does not name one of the folder's own classes. (An entry such as a/1.jpg of an image that is left out must not
 * go to b/1.jpg.)
 *
 * Throws InvalidInput where a base name fits several images, where two entries name one image, and where not one entry
 * names an image of the folder.
 *
 * @param path of the boxes, for messages
 */
export function matchBoxes({ images }: BoxSet, { dir, files }: Pick<Listing, 'dir' | 'files'>, path: string): ListedBoxes {
  const known = new Map(files.map((file) => [plain(file), file]));
  const byName = new Map<string, string[]>();
  for (const file of files) byName.set(baseName(file), [...(byName.get(baseName(file)) ?? []), file]);
  const folders = new Set([...known.keys()].map(folder).filter((name) => name !== ''));
  const found = new Map<string, BoxedImage>();
  for (const image of images) {
    const same = known.get(plain(image.file));
    const leftOut = same === undefined && folders.has(folder(plain(image.file)));
    const candidates = same !== undefined ? [same] : leftOut ? [] : (byName.get(baseName(image.file)) ?? []);
    if (candidates.length > 1) {
      const fix = 'write the path relative to that folder';
      throw invalid(`${path}, ${image.file}`, `the name of one image of ${dir}`, candidates.slice(0, 3), fix);
    }
    const [file] = candidates;
    if (file === undefined) continue;
    const other = found.get(file);
    if (other) throw invalid(`${path}, ${image.file}`, `one entry for ${file}`, [other.file, image.file]);
    found.set(file, image);
  }
  if (found.size === 0) {
    throw invalid(path, `boxes of images of ${dir} (such as ${files[0]})`, images.slice(0, 3).map(({ file }) => file));
  }
  return found;
}

/**
 * Which pixels of crops lie inside of a box: those whose center does. Boxes of crowds do not count, since they hold
 * what lies between the objects, too.
 *
 * Boxes and crops are both in pixels of the upright image. Throws Failure where a crop reaches beyond the size that the
 * file of boxes states: then that file was made for images of another size.
 *
 * @param files paths relative to the listing's folder, one an image
 * @param crops of each, as in Batch
 * @param size [height, width] of every crop as the network sees it
 * @returns [N, height, width] in row-major order, 1 inside and 0 outside
 */
export function boxMasks(
  boxes: ListedBoxes,
  files: readonly string[],
  crops: readonly Crop[],
  [height, width]: [number, number],
): Uint8Array {
  const masks = new Uint8Array(files.length * height * width);
  files.forEach((file, place) => {
    const image = boxes.get(file);
    if (!image) return;
    const crop = crops[place]!;
    checkSize(image, crop, file);
    const mask = masks.subarray(place * height * width, (place + 1) * height * width);
    for (const box of image.boxes) {
      if (box.crowd) continue;
      const [top, bottom] = covered(box.top, box.height, crop.top, crop.height, height);
      const [left, right] = covered(box.left, box.width, crop.left, crop.width, width);
      const [from, to] = crop.flipped ? [width - right, width - left] : [left, right];
      for (let row = top; row < bottom; row++) if (from < to) mask.fill(1, row * width + from, row * width + to);
    }
  });
  return masks;
}

/** The pixels, from the first to before the last, whose centers lie in a box along one axis. */
function covered(start: number, extent: number, cropStart: number, cropExtent: number, pixels: number): [number, number] {
  const at = (edge: number): number => {
    const first = Math.ceil(((edge - cropStart) * pixels) / cropExtent - 0.5);
    return Math.min(Math.max(first, 0), pixels);
  };
  return [at(start), at(start + extent)];
}

/** Rounding while resizing may reach a pixel beyond the edge. */
function checkSize({ file: entry, width, height }: BoxedImage, crop: Crop, file: string): void {
  if (crop.left + crop.width <= width + 1 && crop.top + crop.height <= height + 1) return;
  const reached = `${Math.round(crop.left + crop.width)} × ${Math.round(crop.top + crop.height)}`;
  throw new Failure(
    `${file}: expected an image of ${width} × ${height} pixels, as its entry ${entry} in the boxes says, found one of ${reached} or more; make the boxes for the images as they are stored`,
  );
}

function plain(file: string): string {
  return file.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
}

function folder(file: string): string {
  return file.split('/').slice(0, -1).join('/');
}

function baseName(file: string): string {
  return plain(file).split('/').at(-1)!;
}
