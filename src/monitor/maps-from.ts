import { invalid } from '../errors.js';
import type { EpochChange } from './convergence.js';
import {
  mapsFolder,
  readMaps,
  refuseOther,
  shrunk,
  stepOverFloor,
  type ChangeOverFloor,
  type ListedImage,
  type MapSet,
} from './floor/index.js';
import { mapChange, meanChange } from './map-change.js';

/** Maps that any program wrote, as they stand in a folder. */
export interface MapsFrom {
  dir: string;
  /** Which images they are of; undefined where the folder does not say. */
  images: readonly ListedImage[] | undefined;
  /** By epoch, one at least; all of the same images in the same order. */
  sets: readonly MapSet[];
}

/** How the maps in a folder changed. */
export interface ChangesFrom {
  /** From epoch to epoch, as of a run. */
  convergence: EpochChange[];
  /** The same over the noise floor of the later epoch; null where no epoch has views. */
  floor: ChangeOverFloor | null;
}

/**
 * Reads maps that any program wrote: `DIR/epoch-NNN.npy`, in docs/convergence.md.
 *
 * @throws InvalidInput where there is no epoch, a file is no array of finite numbers [images, height, width], or the
 *   epochs differ in images or size; Failure for what is no regular file
 */
export function mapsFrom(dir: string): MapsFrom {
  const { epochs, images } = mapsFolder(dir);
  const sets: MapSet[] = [];
  for (const epoch of epochs) {
    const { maps, inViews } = readMaps(dir, epoch);
    if (sets[0]) refuseOther(`${dir}, epoch ${epoch}`, maps, `epoch ${sets[0].epoch}`, sets[0].maps);
    sets.push({ epoch, maps, inViews });
  }
  const count = sets[0]!.maps.length;
  if (images && images.length !== count)
    throw invalid(`${dir}/images.json`, `${count} images, as in the maps`, images.length);
  return { dir, images, sets };
}

/** How maps changed from epoch to epoch, and over the noise floor where there is one. */
export function changesFrom({ images, sets }: MapsFrom): ChangesFrom {
  const small = sets.map(({ epoch, maps, inViews }) => ({
    epoch,
    maps: maps.map(shrunk),
    inViews: inViews.map(({ view, maps }) => ({ view, maps: maps.map(shrunk) })),
  }));
  const pairs = small.slice(1).map((after, at) => [small[at]!, after] as const);
  return {
    convergence: pairs.map(([before, after]) => ({
      from: before.epoch,
      epoch: after.epoch,
      images: after.maps.length,
      ...meanChange(before.maps.map(({ values }, at) => mapChange(values, after.maps[at]!.values))),
    })),
    floor: small.some(({ inViews }) => inViews.length > 0)
      ? joined(small, (place) => images?.[place]?.label ?? 'all')
      : null,
  };
}

/** Each step over its own floor; the last maps, and the floor that is named, are those of the last epoch. */
function joined(sets: readonly MapSet[], classOf: (place: number) => string): ChangeOverFloor {
  const last = sets.at(-1)!;
  const steps = sets.slice(1).map((after, at) => stepOverFloor(sets[at]!, after, classOf));
  const toLast = sets.slice(0, -1).map((before) => stepOverFloor(before, last, classOf));
  const own = steps.at(-1) ?? stepOverFloor(last, last, classOf);
  return {
    floor: own.floor,
    steps: steps.flatMap((one) => one.steps),
    toLast: toLast.flatMap((one) => one.steps),
    classes: Object.fromEntries(
      Object.entries(own.classes).map(([name, { floor }]) => [
        name,
        {
          floor,
          steps: steps.flatMap((one) => one.classes[name]!.steps),
          toLast: toLast.flatMap((one) => one.classes[name]!.steps),
        },
      ]),
    ),
  };
}
