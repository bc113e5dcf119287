import { invalid, phrase } from '../../errors.js';
import { spearman } from '../../metrics/index.js';
import type { HostMap } from '../../report/index.js';
import { meanOfDefined } from '../map-change.js';
import type { MapSet } from './maps-folder.js';
import { mapInView } from './views.js';

/** The headline of changeOverFloor alone, for whoever asks in every epoch. Distances are means of 1 − Spearman. */
export interface RankChange {
  /** Null where one of them is unknown or the floor is 0. */
  overFloor: number | null;
  /** Null without an epoch before, or where no image has a distance. */
  change: number | null;
  /** Null without views, or where no image has a distance. */
  floor: number | null;
  /** Images of which one of the two maps is constant: they have no distance. */
  zero: number;
}

/**
 * How maps changed since the epoch before, over the floor.
 *
 * @param before undefined where it is not known
 * @throws InvalidInput where maps differ in size
 */
export function rankChange(before: MapSet | undefined, after: MapSet): RankChange {
  const moved = (before ?? after).maps.map((map, place) => rankDistance(map, after.maps[place]!));
  const seen = after.inViews.flatMap(({ view, maps }) =>
    maps.map((map, place) => rankDistance(mapInView(after.maps[place]!, view), map)),
  );
  const change = before ? meanOfDefined(moved) : null;
  const floor = meanOfDefined(seen);
  return {
    overFloor: change !== null && floor ? change / floor : null,
    change,
    floor,
    zero: moved.filter((one) => one === null).length,
  };
}

/**
 * 1 − Spearman; null where one of the maps is constant.
 *
 * @throws InvalidInput for maps of different sizes, also where they have as many values
 */
export function rankDistance(a: HostMap, b: HostMap): number | null {
  if (a.width !== b.width || a.height !== b.height)
    throw invalid('maps', `one size (${a.height} × ${a.width})`, phrase(`${b.height} × ${b.width}`));
  const correlation = spearman(a.values, b.values);
  return correlation === null ? null : 1 - correlation;
}
