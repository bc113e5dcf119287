import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { checked } from '../files/checked.js';
import { Failure } from '../errors.js';
import { fitName } from '../files/name.js';
import { hasFile } from '../files/read-file.js';
import { COLORMAPS, type Colormap } from '../report/index.js';

/** What the snapshot of an epoch says about one image of the probe set. */
export interface SnapshotImage {
  /** Name of its files: `<name>.overlay.png` and so on. */
  name: string;
  /** The image it was made from, as the trainer names it. */
  file: string;
  label: string;
  prediction?: string;
  /** Probability of the prediction, in [0, 1]. */
  probability?: number;
  /** Share of the image that the mask keeps, in [0, 1]. */
  maskArea: number;
}

/** The snapshot of one epoch: content of its snapshot.json. */
export interface SnapshotIndex {
  epoch: number;
  step: number;
  /** Of the overlays. */
  colormap: Colormap;
  images: SnapshotImage[];
}

/** Name of an epoch's folder inside `saliency/`: epoch-007. */
export function epochFolder(epoch: number): string {
  return `epoch-${String(epoch).padStart(3, '0')}`;
}

/**
 * The snapshots in a run's `saliency/`, by epoch; none where the folder is missing.
 *
 * @throws Failure where a snapshot.json is damaged
 */
export function readSnapshots(saliency: string): (SnapshotIndex & { folder: string })[] {
  if (!existsSync(saliency)) return [];
  return readdirSync(saliency)
    .filter((name) => /^epoch-\d+$/.test(name) && hasFile(join(saliency, name, 'snapshot.json')))
    .map((name) => {
      const folder = join(saliency, name);
      return { ...readIndex(join(folder, 'snapshot.json')), folder };
    })
    .sort((one, other) => one.epoch - other.epoch);
}

/** A run folder may come from elsewhere: names lead to no other folder. */
const fileName = z.string().regex(/^(?!\.\.?$)[^/\\\0]+$/);

const indexSchema = z.looseObject({
  epoch: z.number().int().min(0),
  step: z.number(),
  colormap: z.enum(COLORMAPS),
  images: z.array(
    z.looseObject({
      name: fileName,
      file: z.string(),
      label: z.string(),
      prediction: z.string().optional(),
      probability: z.number().nullish(),
      maskArea: z.number().nullable(),
    }),
  ),
});

function readIndex(path: string): SnapshotIndex {
  return checked(indexSchema, json(path), path, 'the list of a snapshot') as SnapshotIndex;
}

function json(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Failure(`${path}: cannot be read (${(error as Error).message})`);
  }
}

/** Bytes behind a name: -12345.overlay.png and the like. */
const ROOM = 30;

/**
 * A short name for each file, fit for a file name and different from all others: church/000.jpg → church-000.
 */
export function fileStems(files: readonly string[]): string[] {
  const taken = new Set<string>();
  return files.map((file) => {
    const whole = file
      .replace(/\.[A-Za-z0-9]{1,5}$/, '')
      .replace(/[^\p{Letter}\p{Number}_.-]+/gu, '-')
      .replace(/^[-.]+|[-.]+$/g, '');
    const stem = fitName([...whole].slice(-100).join(''), ROOM) || 'image';
    let name = stem;
    for (let copy = 2; taken.has(name); copy++) name = `${stem}-${copy}`;
    taken.add(name);
    return name;
  });
}

/** At most `limit` of the items, evenly spaced, the first and the last among them. */
export function evenlySpaced<Item>(items: readonly Item[], limit: number): Item[] {
  if (items.length <= limit) return [...items];
  return Array.from(
    { length: limit },
    (_, at) => items[Math.round((at * (items.length - 1)) / (limit - 1))]!,
  );
}
