import { join } from 'node:path';
import { invalid, phrase } from '../errors.js';
import { fileVersion } from '../files/version.js';
import { readSnapshots } from '../log/index.js';
import type { HostMap } from '../report/index.js';
import { mapChange, meanChange, type MapChange, type MeanChange } from './map-change.js';
import { readMap } from './read-map.js';

/** How the maps of the probe set changed from one snapshot to the next: means over the images, see MeanChange. */
export interface EpochChange extends MeanChange {
  from: number;
  epoch: number;
  /** Images that both snapshots hold. */
  images: number;
}

/** How the map of each image changed from one snapshot to the next, by the image's name. */
export interface ImageChanges {
  from: number;
  epoch: number;
  changes: ReadonlyMap<string, MapChange>;
}

/** Changes that were computed before: for whoever asks again and again while a run goes on. */
export type ChangeCache = Map<string, MapChange>;

/**
 * How the maps of a run's probe set change between successive snapshots: when they stop changing, the network has
 * settled on what it looks at.
 *
 * @param run folder of the run; reads `saliency/epoch-NNN/*.npy`
 * @returns one change for each snapshot but the first, by epoch; none where there are fewer than two
 * @throws when a map is missing, damaged, or of another size than the epoch before
 */
export function convergence(run: string): EpochChange[] {
  return meanChanges(imageChanges(run));
}

/** The means over the images. */
export function meanChanges(steps: readonly ImageChanges[]): EpochChange[] {
  return steps.map(({ from, epoch, changes }) => ({
    from,
    epoch,
    images: changes.size,
    ...meanChange([...changes.values()]),
  }));
}

/**
 * The same as `convergence`, image by image.
 *
 * @param cache what this function has computed before; it is added to
 */
export function imageChanges(run: string, cache: ChangeCache = new Map()): ImageChanges[] {
  const snapshots = readSnapshots(join(run, 'saliency'));
  const read = new Map<string, HostMap>();
  const mapOf = (path: string): HostMap => {
    const known = read.get(path) ?? readMap(path);
    read.set(path, known);
    return known;
  };
  // A damaged map is named at once, not when there is a second one to compare it with.
  if (snapshots.length === 1) {
    const { folder, images } = snapshots[0]!;
    images.forEach(({ name }) => readMap(join(folder, `${name}.npy`)));
  }
  return snapshots.slice(1).flatMap(({ epoch, folder, images }, index) => {
    const previous = snapshots[index]!;
    const before = new Set(previous.images.map(({ name }) => name));
    const changes = new Map(
      images
        .filter(({ name }) => before.has(name))
        .map(({ name }) => {
          const [from, to] = [join(previous.folder, `${name}.npy`), join(folder, `${name}.npy`)];
          // A resumed run writes an epoch anew.
          const key = `${fileVersion(from)} ${fileVersion(to)}`;
          const change = cache.get(key) ?? changeOf(to, mapOf(to), from, mapOf(from));
          cache.set(key, change);
          return [name, change] as const;
        }),
    );
    for (const path of read.keys()) if (!path.startsWith(folder)) read.delete(path);
    return changes.size === 0 ? [] : [{ from: previous.epoch, epoch, changes }];
  });
}

function changeOf(path: string, after: HostMap, earlier: string, before: HostMap): MapChange {
  const size = ({ height, width }: HostMap): string => `${height} × ${width}`;
  if (size(after) !== size(before))
    throw invalid(path, `a map of ${size(before)}, as ${earlier}`, phrase(size(after)));
  return mapChange(before.values, after.values);
}
