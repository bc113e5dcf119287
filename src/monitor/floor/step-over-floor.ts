import { changeOverFloor, type ChangeOverFloor, type EpochMaps } from './change-over-floor.js';
import type { MapSet } from './maps-folder.js';

/**
 * How maps changed from one epoch to the next, over the floor of the later one (unknown where it has no views).
 *
 * @param classOf class of an image by its place in the list; default: one for all
 * @throws InvalidInput where maps differ in size
 */
export function stepOverFloor(
  before: MapSet,
  after: MapSet,
  classOf: (place: number) => string = () => 'all',
): ChangeOverFloor {
  const byPlace = (maps: MapSet['maps']): EpochMaps['maps'] =>
    new Map(maps.map((map, place) => [String(place), map]));
  const epochs = [before, after].map(({ epoch, maps }) => ({ epoch, maps: byPlace(maps) }));
  const inViews = after.inViews.map(({ view, maps }) => ({ view, maps: byPlace(maps) }));
  return changeOverFloor(epochs, { maps: byPlace(after.maps), inViews }, (name) => classOf(Number(name)));
}
