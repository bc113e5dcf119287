import { random, type Random } from '../../random.js';

/**
 * Spherical k-means: groups vectors by the angles between them, starting from vectors far apart (k-means++). A vector of
 * zeros points nowhere and goes to group 0.
 *
 * @param vectors [count, size] in row-major order
 * @param groups at most this many groups
 * @param seed of the start; rounds stop when nothing changes, or after `rounds`
 * @returns the group of each vector, from 0
 * @see Dhillon & Modha (2001), "Concept Decompositions for Large Sparse Text Data Using Clustering"; Arthur &
 *   Vassilvitskii (2007), "k-means++: The Advantages of Careful Seeding"
 */
export function clusters(
  vectors: Float32Array,
  count: number,
  groups: number,
  seed: number,
  rounds = 25,
): Int32Array {
  const size = vectors.length / count;
  const units = unitRows(vectors, count, size);
  const centers = spreadCenters(units, count, size, groups, random(seed));
  const found = new Int32Array(count);
  for (let round = 0; round < rounds; round++) {
    let changed = false;
    for (let row = 0; row < count; row++) {
      const nearest = nearestCenter(units, row * size, centers, size);
      changed ||= nearest !== found[row];
      found[row] = nearest;
    }
    if (!changed && round > 0) break;
    centers.fill(0);
    for (let row = 0; row < count; row++) {
      for (let index = 0; index < size; index++)
        centers[found[row]! * size + index]! += units[row * size + index]!;
    }
    centers.set(unitRows(centers, centers.length / size, size));
  }
  return found;
}

function unitRows(values: Float32Array | Float64Array, count: number, size: number): Float64Array {
  const units = Float64Array.from(values);
  for (let row = 0; row < count; row++) {
    const part = units.subarray(row * size, (row + 1) * size);
    const length = Math.sqrt(part.reduce((sum, value) => sum + value * value, 0));
    if (length > 0) part.forEach((value, index) => (part[index] = value / length));
  }
  return units;
}

/** The first center at random, each further one with a probability that grows with its distance to those there are. */
function spreadCenters(
  units: Float64Array,
  count: number,
  size: number,
  groups: number,
  next: Random,
): Float64Array {
  const chosen = [Math.min(count - 1, Math.floor(next() * count))];
  const distance = new Float64Array(count).fill(Infinity);
  while (chosen.length < Math.min(groups, count)) {
    const newest = chosen.at(-1)! * size;
    let total = 0;
    for (let row = 0; row < count; row++) {
      const apart = Math.max(0, 1 - product(units, row * size, units, newest, size));
      distance[row] = chosen.includes(row) ? 0 : Math.min(distance[row]!, apart);
      total += distance[row]!;
    }
    let share = next() * total;
    const row = total > 0 ? distance.findIndex((apart) => apart > 0 && (share -= apart) <= 0) : -1;
    if (row < 0) break;
    chosen.push(row);
  }
  const centers = new Float64Array(chosen.length * size);
  chosen.forEach((row, index) => centers.set(units.subarray(row * size, (row + 1) * size), index * size));
  return centers;
}

function nearestCenter(units: Float64Array, at: number, centers: Float64Array, size: number): number {
  let [best, most] = [0, -Infinity];
  for (let center = 0; center * size < centers.length; center++) {
    const likeness = product(units, at, centers, center * size, size);
    if (likeness > most) [best, most] = [center, likeness];
  }
  return best;
}

function product(a: Float64Array, atA: number, b: Float64Array, atB: number, size: number): number {
  let sum = 0;
  for (let index = 0; index < size; index++) sum += a[atA + index]! * b[atB + index]!;
  return sum;
}
