import { invalid } from '../../errors.js';
import { mean } from '../../metrics/index.js';
import type { HostMap } from '../../report/index.js';
import { mapDistance, measures, type MapDistance } from './map-distance.js';
import { mapInView, viewOf, views, type View } from './views.js';

/** Raw maps of the probe set after an epoch, by the name of the image. */
export interface EpochMaps {
  epoch: number;
  maps: ReadonlyMap<string, HostMap>;
}

/** Maps of one network, of each image as it is and in every view. */
export interface FloorMaps {
  maps: ReadonlyMap<string, HostMap>;
  inViews: readonly { view: View; maps: ReadonlyMap<string, HostMap> }[];
}

/** Mean distances over images; null where none has one. */
export interface MeanDistance {
  distance: MapDistance | null;
  /** Images with a distance. */
  images: number;
  /** Images left out because one of the two maps is constant (all zero). */
  zero: number;
}

/** How maps changed, beside how much they change when nothing changes. */
export interface Change extends MeanDistance {
  from: number;
  epoch: number;
  /** Change ÷ floor, measure by measure: 1 is what a flip or a small crop does; null where the floor is 0 or unknown. */
  overFloor: Record<keyof MapDistance, number | null>;
}

export interface ChangeOfMaps {
  floor: MeanDistance;
  /** From each epoch to the next. */
  steps: Change[];
  /** From each epoch to the last one. */
  toLast: Change[];
}

export interface ChangeOverFloor extends ChangeOfMaps {
  /** The same of each class's images. */
  classes: Record<string, ChangeOfMaps>;
}

/**
 * Change over noise floor. Maps move from epoch to epoch; they also move when the same network sees the same image
 * flipped or cropped a little. Only change above that floor is change.
 *
 * @param epochs by epoch, two at least for any step
 * @param floor maps of one of these networks, the last one best
 * @param classOf class of an image by its name
 * @throws InvalidInput where maps of an image differ in size
 */
export function changeOverFloor(
  epochs: readonly EpochMaps[],
  floor: FloorMaps,
  classOf: (name: string) => string,
): ChangeOverFloor {
  const names = [...new Set(epochs.flatMap(({ maps }) => [...maps.keys()]))];
  const classes = [...new Set(names.map(classOf))].sort();
  const of = (some: readonly string[]): ChangeOfMaps => changes(epochs, floor, some);
  return {
    ...of(names),
    classes: Object.fromEntries(
      classes.map((own) => [own, of(names.filter((name) => classOf(name) === own))]),
    ),
  };
}

function changes(epochs: readonly EpochMaps[], floorMaps: FloorMaps, names: readonly string[]): ChangeOfMaps {
  const floor = meanDistance(
    floorMaps.inViews.flatMap(({ view, maps }) =>
      names.flatMap((name) => {
        const [whole, seen] = [floorMaps.maps.get(name), maps.get(name)];
        return whole && seen ? [mapDistance(mapInView(whole, view), seen)] : [];
      }),
    ),
  );
  const change = (before: EpochMaps, after: EpochMaps): Change => {
    const mean = meanDistance(
      names.flatMap((name) => {
        const [a, b] = [before.maps.get(name), after.maps.get(name)];
        return a && b ? [mapDistance(a, b)] : [];
      }),
    );
    return { from: before.epoch, epoch: after.epoch, ...mean, overFloor: quotients(mean, floor) };
  };
  const last = epochs.at(-1);
  return {
    floor,
    steps: epochs.slice(1).map((after, at) => change(epochs[at]!, after)),
    toLast: last ? epochs.slice(0, -1).map((before) => change(before, last)) : [],
  };
}

function meanDistance(distances: readonly (MapDistance | null)[]): MeanDistance {
  const known = distances.filter((distance) => distance !== null);
  const over = (measure: keyof MapDistance): number => mean(known.map((distance) => distance[measure]));
  return {
    distance:
      known.length === 0
        ? null
        : { spearman: over('spearman'), iou: over('iou'), ssim: over('ssim'), shift: over('shift') },
    images: known.length,
    zero: distances.length - known.length,
  };
}

function quotients(change: MeanDistance, floor: MeanDistance): Change['overFloor'] {
  return Object.fromEntries(
    measures.map((measure) => {
      const [above, below] = [change.distance?.[measure], floor.distance?.[measure]];
      return [measure, above !== undefined && below ? above / below : null];
    }),
  ) as Change['overFloor'];
}

/**
 * Asks a network for the maps that a floor needs: one pass for the images as they are, one for each view.
 *
 * @param images RGB, [height, width, 3] each, by name
 * @param look maps of images, in their order
 * @throws InvalidInput where `look` gives another number of maps
 */
export async function floorMaps(
  images: ReadonlyMap<string, { pixels: Uint8Array; width: number; height: number }>,
  look: (pixels: readonly Uint8Array[], names: readonly string[]) => Promise<HostMap[]>,
): Promise<FloorMaps> {
  const names = [...images.keys()];
  const ask = async (pixels: readonly Uint8Array[]): Promise<Map<string, HostMap>> => {
    const maps = await look(pixels, names);
    if (maps.length !== names.length)
      throw invalid('maps', `${names.length}, one for each image`, maps.length);
    return new Map(names.map((name, at) => [name, maps[at]!]));
  };
  const all = [...images.values()];
  const maps = await ask(all.map(({ pixels }) => pixels));
  const inViews: { view: View; maps: Map<string, HostMap> }[] = [];
  for (const view of views)
    inViews.push({
      view,
      maps: await ask(all.map(({ pixels, width, height }) => viewOf(pixels, width, height, view))),
    });
  return { maps, inViews };
}
