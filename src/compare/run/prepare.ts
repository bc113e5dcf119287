import { listImages, readBoxes, type Listing } from '../../data/index.js';
import { Failure } from '../../errors.js';
import { machineMemory, type Memory } from '../../process/memory.js';
import { loadTensorflow, usefulPrecision, type Runtime } from '../../tensorflow/index.js';
import {
  listData,
  makeNetwork,
  memoryWarning,
  recipeParameters,
  validationCrop,
  watchInterrupt,
  type Progress,
  type RunNetwork,
} from '../../train/index.js';
import type { Recipe } from '../../train/recipe/index.js';
import { readStart, writeStart } from '../plan/comparison-folder.js';
import { measureAlso } from '../measure/measure-also.js';
import type { AlsoMeasured, Measured } from '../types.js';
import { measure, type MeasureOptions } from '../measure/measure.js';
import { survey } from '../measure/object-masks.js';
import { partnersOf } from '../measure/partners.js';
import { resolve } from '../plan/recipe-path.js';
import { stagePicture } from './stage-picture.js';

/** Where a comparison stands, and whom it tells. */
export interface CompareOptions {
  folder: string;
  /** What relative paths of the recipe start from. */
  baseFolder: string;
  /** Receives lines for people. */
  log: (line: string) => void;
  progress: (task: { label: string; total: number; unit: string }) => Progress;
  /** How many processes make runs at the same time, where that is more than one: times are not those of a run alone. */
  processes?: number;
  /** What the runs have; default: the memory of this machine. */
  memory?: Memory;
  /** Called after each run, when its result is there. */
  onResult?: () => Promise<void>;
}

/** The validation images as every network of a comparison is measured on them. */
export type MeasuredImages = Omit<MeasureOptions, 'onImages' | 'isStopped'> & {
  classNames: string[];
  /** Further images on which accuracy is measured, by name. */
  also: Readonly<Record<string, Listing>>;
};

/**
 * Looks at the validation images with the starting network, and measures that where it was not done.
 *
 * @param recipe of the first run: its seed makes the starting network
 * @param also further validation images by name
 * @param draw number of the draw, where each has data of its own
 * @param untried recipes of the arms that have not been run: each stage is tried on some images first, so that one that
 *   does not fit is refused now, and not hours later
 * @returns undefined where the user stopped it
 * @throws InvalidInput where an arm's stage does not fit the network or the data, Failure where images came or went since the comparison began
 */
export async function prepare(
  {
    recipe,
    also,
    draw,
  }: { recipe: Recipe; also: Readonly<Record<string, string>>; draw?: number | undefined },
  untried: readonly Recipe[],
  options: CompareOptions,
): Promise<MeasuredImages | undefined> {
  const { folder, baseFolder, log, progress } = options;
  const known = await readStart(folder, draw);
  const runtime = await loadTensorflow();
  const { train, val } = await listData(recipe, baseFolder);
  const { batchSize, valBoxes } = recipe.data;
  const boxes = valBoxes === null ? undefined : await readBoxes(resolve(baseFolder, valBoxes), val);
  const further = await Promise.all(
    Object.entries(also).map(async ([name, path]) => {
      const { classNames } = train;
      return [name, await listImages(resolve(baseFolder, path), { classNames })] as const;
    }),
  );
  const network = await makeNetwork(recipe, train.classNames, baseFolder);
  try {
    for (const line of tooLarge(untried, network, runtime, options)) log(`warning: ${line}`);
    for (const arm of untried) await stagePicture(network, arm, baseFolder);
    const view = validationCrop(recipe, network);
    const bar = progress({ label: 'looking for objects', total: val.files.length, unit: 'images' });
    const found = await survey(network, val, { view, batchSize, boxes, onImages: (images) => bar.update(images) }).finally(() => bar.finish()); // prettier-ignore
    const { listing } = found;
    if (known && known.measured.files.join('\n') !== listing.files.join('\n')) {
      throw new Failure(`${val.dir}: the validation images are not those that the comparison began with`);
    }
    const images: MeasuredImages = {
      ...found,
      partners: partnersOf(listing.labels, recipe.seed),
      view,
      batchSize,
      blur: recipe.stage.blur,
      precision: usefulPrecision(recipe.precision, runtime),
      classNames: train.classNames,
      also: Object.fromEntries(further),
    };
    if (known) return images;
    const measured = await measureWatched('before training', network, images, options);
    if (!measured) return undefined;
    await writeStart(
      folder,
      {
        notes: network.notes,
        layer: network.classifier.layer ?? 'none',
        device: runtime.device,
        images: { train: train.files.length, val: listing.files.length },
        classNames: train.classNames,
        objects: found.objects.source,
        measured,
      },
      draw,
    );
    return images;
  } finally {
    network.model.dispose();
  }
}

/** Before anything is measured, what `train` would say hours later of arms that need more memory than there is. */
function tooLarge(
  arms: readonly Recipe[],
  network: RunNetwork,
  { device }: Runtime,
  { processes: runs, memory = machineMemory() }: Pick<CompareOptions, 'processes' | 'memory'>,
): Set<string> {
  const lines = arms.flatMap((recipe) => {
    const parameters = recipeParameters(recipe, network);
    return memoryWarning(recipe, network.model, parameters, { memory, device, runs }) ?? [];
  });
  return new Set(lines);
}

/** Measures a network with a progress display; Ctrl-C stops it, and then there is no result. */
export async function measureWatched(
  label: string,
  network: RunNetwork,
  images: MeasuredImages,
  { log, progress }: Pick<CompareOptions, 'log' | 'progress'>,
): Promise<Measured | undefined> {
  const bar = progress({ label: `measuring ${label}`, total: images.listing.files.length, unit: 'images' });
  const interrupt = watchInterrupt(log);
  try {
    return await measure(network, {
      ...images,
      onImages: (images) => bar.update(images),
      isStopped: interrupt.requested,
    });
  } finally {
    interrupt.end();
    bar.finish();
  }
}

/** Measures accuracy on the further images; Ctrl-C stops it, and then there is no result. */
export async function measureFurther(
  network: RunNetwork,
  { also, view, batchSize, precision }: MeasuredImages,
  { log }: Pick<CompareOptions, 'log'>,
): Promise<Record<string, AlsoMeasured> | undefined> {
  const interrupt = watchInterrupt(log);
  const found: Record<string, AlsoMeasured> = {};
  try {
    for (const [name, listing] of Object.entries(also)) {
      const isStopped = interrupt.requested;
      const measured = await measureAlso(network, listing, { view, batchSize, precision, isStopped });
      if (!measured) return undefined;
      found[name] = measured;
    }
    return found;
  } finally {
    interrupt.end();
  }
}
