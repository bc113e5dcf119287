import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeNpy } from '../report/index.js';
import { invalid } from '../errors.js';
import { readSnapshots } from '../log/index.js';
import { mapChange, meanChange, type MeanChange } from './map-change.js';

/** How the maps of the probe set changed from one snapshot to the next: means over the images, see MeanChange. */
export interface EpochChange extends MeanChange {
  from: number;
  epoch: number;
  /** Images that both snapshots hold. */
  images: number;
}

/**
 * How the maps of a run's probe set change between successive snapshots: when they stop changing, the network has
 * settled on what it looks at.
 *
 * @param run folder of the run; reads `saliency/epoch-NNN/*.npy`
 * @returns one change for each snapshot but the first, by epoch; none where there are fewer than two
 * @throws when a map is missing, damaged, or of another size than the epoch before
 */
export function convergence(run: string): EpochChange[] {
  const maps = readSnapshots(join(run, 'saliency')).map(({ epoch, folder, images }) => ({
    epoch,
    maps: new Map(images.map(({ name }) => [name, readMap(join(folder, `${name}.npy`))])),
  }));
  return maps.slice(1).flatMap((current, index) => {
    const previous = maps[index]!;
    const changes = [...current.maps].flatMap(([name, map]) => {
      const before = previous.maps.get(name);
      return before ? [mapChange(before, map)] : [];
    });
    if (changes.length === 0) return [];
    return [{ from: previous.epoch, epoch: current.epoch, images: changes.length, ...meanChange(changes) }];
  });
}

function readMap(path: string): Float32Array {
  const { data } = decodeNpy(readFileSync(path), path);
  if (!(data instanceof Float32Array)) throw invalid(path, 'float32 values', data.constructor.name);
  return data;
}
