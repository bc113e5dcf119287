import { spearman } from '../../src/metrics/index.js';
import type { Npy } from '../../src/report/index.js';

/** How near two sets of maps are to each other, after min-max, the worst image. */
export interface Agreement {
  spearman: number;
  /** Largest difference of a pixel; both maps are in [0, 1]. */
  largest: number;
}

/**
 * @param ours [n, H, W]
 * @param theirs the same shape
 */
export function agreement(ours: Npy, theirs: Npy): Agreement {
  const [count] = ours.shape as [number];
  if (ours.shape.join() !== theirs.shape.join()) {
    throw new Error(`maps of [${ours.shape.join()}] and [${theirs.shape.join()}]`);
  }
  const pixels = ours.data.length / count;
  const worst = { spearman: 1, largest: 0 };
  for (let image = 0; image < count; image++) {
    const [a, b] = [ours, theirs].map(({ data }) =>
      minMax(Float32Array.from(data.subarray(image * pixels, (image + 1) * pixels))),
    ) as [Float32Array, Float32Array];
    // A constant map has no order.
    worst.spearman = Math.min(worst.spearman, spearman(a, b) ?? 0);
    worst.largest = Math.max(
      worst.largest,
      a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0),
    );
  }
  return worst;
}

function minMax(map: Float32Array): Float32Array {
  let [low, high] = [Infinity, -Infinity];
  for (const value of map) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return map.map((value) => (high > low ? (value - low) / (high - low) : 0));
}
