import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  encodeNpy,
  encodePng,
  maskPicture,
  overlay,
  sheet,
  unitRange,
  type Colormap,
  type Picture,
} from '../report/index.js';
import { invalid } from '../errors.js';
import { writeFileAtomic } from '../files/write-atomic.js';
import { epochFolder, fileStems, type SnapshotIndex } from './snapshot-files.js';

/** The stage's maps of the probe set after an epoch. N images of H × W, maps of h × w. */
export interface Snapshot {
  epoch: number;
  step: number;
  /** The images themselves: RGB 0..255, [N, H, W, 3]. */
  images: Uint8Array;
  imageShape: readonly [images: number, height: number, width: number];
  /** Raw maps [N, h, w], before min-max. */
  maps: Float32Array;
  mapShape: readonly [height: number, width: number];
  /** Binary masks [N, H, W], 0 or 1. */
  masks: Uint8Array | Float32Array;
  /** The blended images that the network would train on: RGB 0..255, [N, H, W, 3]. */
  blended: Uint8Array;
  /** File of each image: names its pictures. */
  files: readonly string[];
  /** Class name of each image's label. */
  labels: readonly string[];
  /** What the network says now. */
  predictions?: readonly { class: string; probability: number }[];
  /** Color map of the overlays, default turbo. */
  colormap?: Colormap;
}

/** A picture for TensorBoard. */
export interface TaggedPng {
  tag: string;
  png: Uint8Array;
  width: number;
  height: number;
}

/**
 * Writes `saliency/epoch-NNN/`: `<image>.overlay.png`, `.mask.png`, `.blended.png` and `.npy` (raw map, float32
 * [h, w]) of each image, `sheet.png` with all of them, `snapshot.json`; and the images themselves, once, into
 * `saliency/images/`. The folder appears whole or not at all (temporary name, then renamed); one that is there from
 * before a resume is replaced.
 *
 * @param saliency the run's folder `saliency`
 * @returns the sheet and each overlay, for TensorBoard
 * @throws when an array's length and the shapes differ, or a map holds NaN
 */
export async function writeSnapshot(saliency: string, snapshot: Snapshot): Promise<TaggedPng[]> {
  checkLengths(snapshot);
  const { epoch, step, files, labels, predictions, colormap = 'turbo' } = snapshot;
  const [, height, width] = snapshot.imageShape;
  const names = fileStems(files);
  const views = names.map((_, index) => view(snapshot, index, colormap));

  await mkdir(join(saliency, 'images'), { recursive: true });
  await removeLeftovers(saliency);
  const temporary = join(saliency, `.${epochFolder(epoch)}.${randomBytes(4).toString('hex')}.tmp`);
  await mkdir(temporary);
  try {
    const overlays = await Promise.all(
      names.map(async (name, index) => {
        const { image, map, overlaid, mask, blended } = views[index]!;
        const original = join(saliency, 'images', `${name}.png`);
        if (!existsSync(original)) await writeFileAtomic(original, await encodePng(image));
        const png = await encodePng(overlaid);
        await writeFile(join(temporary, `${name}.overlay.png`), png);
        await writeFile(join(temporary, `${name}.mask.png`), await encodePng(mask));
        await writeFile(join(temporary, `${name}.blended.png`), await encodePng(blended));
        await writeFile(join(temporary, `${name}.npy`), encodeNpy(map, snapshot.mapShape));
        return { tag: `saliency/${name}`, png, width, height };
      }),
    );
    const whole = await sheet({
      title: `Epoch ${epoch}`,
      columns: ['image', 'overlay', 'mask', 'blended'],
      rows: labels.map((label, index) => caption(label, predictions?.[index])),
      cells: views.map(({ image, overlaid, mask, blended }) => [image, overlaid, mask, blended]),
      cell: { width, height },
      colormap,
    });
    const png = await encodePng(whole);
    await writeFile(join(temporary, 'sheet.png'), png);
    const index: SnapshotIndex = {
      epoch,
      step,
      colormap,
      images: names.map((name, at) => ({
        name,
        file: files[at]!,
        label: labels[at]!,
        ...(predictions && { prediction: predictions[at]!.class, probability: predictions[at]!.probability }),
        maskArea: views[at]!.maskArea,
      })),
    };
    await writeFile(join(temporary, 'snapshot.json'), `${JSON.stringify(index, null, 2)}\n`);
    const folder = join(saliency, epochFolder(epoch));
    // A folder that is not empty can't be renamed over.
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder);
    return [{ tag: 'saliency', png, width: whole.width, height: whole.height }, ...overlays];
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** One image of the snapshot: the slices of its arrays, and its pictures. */
function view(snapshot: Snapshot, index: number, colormap: Colormap) {
  const [, height, width] = snapshot.imageShape;
  const [mapHeight, mapWidth] = snapshot.mapShape;
  const part = <T extends Uint8Array | Float32Array>(values: T, size: number) =>
    values.slice(index * size, (index + 1) * size) as T;
  const rgb = (pixels: Uint8Array): Picture => ({ pixels: part(pixels, height * width * 3), width, height });
  const map = part(snapshot.maps, mapHeight * mapWidth);
  const mask = part(snapshot.masks, height * width);
  const image = rgb(snapshot.images);
  return {
    image,
    map,
    overlaid: overlay(image, { values: unitRange(map), width: mapWidth, height: mapHeight }, { colormap }),
    mask: maskPicture(mask, width, height),
    blended: rgb(snapshot.blended),
    maskArea: mean(mask),
  };
}

function mean(values: Uint8Array | Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function caption(label: string, prediction?: { class: string; probability: number }): string {
  if (!prediction) return label;
  return `${label}\n→ ${prediction.class} ${(prediction.probability * 100).toFixed(0)}%`;
}

/** Folders that a kill left half-written. */
async function removeLeftovers(saliency: string): Promise<void> {
  for (const name of await readdir(saliency)) {
    if (/^\.epoch-.*\.tmp$/.test(name)) await rm(join(saliency, name), { recursive: true, force: true });
  }
}

function checkLengths({ imageShape, mapShape, ...snapshot }: Snapshot): void {
  const [count, height, width] = imageShape;
  if (count < 1) throw invalid('snapshot.imageShape', 'at least one image', imageShape);
  const expected = {
    images: count * height * width * 3,
    maps: count * mapShape[0] * mapShape[1],
    masks: count * height * width,
    blended: count * height * width * 3,
    files: count,
    labels: count,
    predictions: count,
  };
  for (const [name, length] of Object.entries(expected)) {
    const found = snapshot[name as keyof typeof expected]?.length ?? length;
    if (found !== length) throw invalid(`snapshot.${name}`, `${length} values`, found);
  }
}
