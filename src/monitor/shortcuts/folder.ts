import { basename, join } from 'node:path';
import {
  boxMasks,
  imageReader,
  listImages,
  partOf,
  readBoxes,
  stratifiedChoice,
  type CropSpec,
} from '../../data/index.js';
import { writeFileAtomic } from '../../files/write-atomic.js';
import { invalid, phrase } from '../../errors.js';
import type { NetworkInput } from '../../models/index.js';
import { queriedNetwork, type ImageNetwork } from './queried-network.js';
import { findShortcuts, type ShortcutOptions } from './find-shortcuts.js';
import { shortcutPage } from './page.js';
import { shortcutReport, type ShortcutReport } from './report.js';
import type { ShownImages } from './types.js';

export interface FolderOptions extends ShortcutOptions {
  /** Folder with one folder of images a class, or a table of labels. */
  data: string;
  /** Objects, in COCO's instances format. */
  boxes?: string;
  /** Images of each class that are looked at. Default 40; fewer where there are more than 50 classes. */
  limit?: number;
  /** Where shortcuts.json and index.html are written. */
  out: string;
  /** What is said of the weights in the protocol. */
  weights?: unknown;
  /** The command that trains with and without the cure. */
  cure: string;
  onNote?: (note: string) => void;
}

/** More images than this take too long and too much memory; each class keeps six at least. */
const MOST_IMAGES = 2000;

/**
 * Looks for shortcuts on labeled images, and writes shortcuts.json and index.html, which is drawn from it.
 *
 * @param network its classes are matched with the folders by name
 * @throws InvalidInput for data or boxes that do not fit, and for a network that is not square
 */
export async function shortcutsOfFolder(
  network: ImageNetwork & Pick<NetworkInput, 'view' | 'size' | 'preprocessing'>,
  { data, boxes: boxFile, limit = 40, out, weights, cure, onNote, ...options }: FolderOptions,
): Promise<ShortcutReport> {
  const [height, width] = network.size;
  if (height !== width) throw invalid('model', 'a network of square images', phrase(`${height} × ${width}`));
  const { classNames: known, classes } = network;
  const listing = await listImages(data, known ? { classNames: known } : {});
  if (listing.classNames.length !== classes)
    throw invalid(data, `${classes} classes, as many as the network has outputs`, listing.classNames.length);
  const each = Math.min(limit, Math.max(6, Math.floor(MOST_IMAGES / classes)));
  const seed = options.seed ?? 0;
  const some = partOf(listing, stratifiedChoice(listing, each * classes, seed));
  const boxes = boxFile === undefined ? undefined : await readBoxes(boxFile, some);
  const files: string[] = [];
  const images: { size: number; pixels: Uint8Array[]; labels: number[]; objects?: (Uint8Array | null)[] } = {
    size: height,
    pixels: [],
    labels: [],
    ...(boxes && { objects: [] }),
  };
  const reader = imageReader(some, { view: network.view satisfies CropSpec, maxErrorShare: 1 });
  for await (const batch of reader.batches()) {
    const bytes = height * width * 3;
    const masks = boxes && boxMasks(boxes, batch.files, batch.crops, [height, width]);
    batch.files.forEach((file, at) => {
      files.push(file);
      images.pixels.push(batch.pixels.slice(at * bytes, (at + 1) * bytes));
      images.labels.push(batch.labels[at]!);
      if (!masks) return;
      const mask = masks.slice(at * height * width, (at + 1) * height * width);
      images.objects!.push(mask.includes(1) ? mask : null);
    });
  }
  reader.summary().skipped.forEach(({ file }) => onNote?.(`left out: ${file}`));
  const asked = queriedNetwork(network);
  try {
    const found = await findShortcuts(asked, images satisfies ShownImages, options);
    const report = await shortcutReport(found, images, {
      classNames: listing.classNames,
      files,
      cure,
      protocol: {
        data: `${basename(data)}: ${files.length} of ${listing.files.length} images, at most ${each} of a class`,
        weights,
        size: height,
        layer: network.layer,
        map: network.linearHead ? 'CAM' : 'Grad-CAM',
        boxes: boxFile === undefined ? 'none' : basename(boxFile),
        recipients: options.recipients ?? 24,
        level: options.level ?? 0.1,
        seed,
      },
    });
    await writeFileAtomic(join(out, 'shortcuts.json'), `${JSON.stringify(report)}\n`);
    await writeFileAtomic(join(out, 'index.html'), shortcutPage(report));
    return report;
  } finally {
    asked.dispose();
  }
}
