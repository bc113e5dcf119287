import type { HostMap } from '../../report/index.js';

/** Maps are compared at this side or less: they come from a few positions and are smooth. */
const COMPARED = 32;

/** A map at 32 positions a side or fewer: means of whole squares of values. */
export function shrunk({ values, width, height }: HostMap): HostMap {
  const factor = Math.max(1, Math.ceil(Math.max(width, height) / COMPARED));
  const [columns, rows] = [Math.ceil(width / factor), Math.ceil(height / factor)];
  // In float64 the mean of a constant is that constant; a sum in float32 would make a pattern of its rounding.
  const sums = new Float64Array(columns * rows);
  const counts = new Float32Array(columns * rows);
  values.forEach((value, at) => {
    const to = Math.floor(Math.floor(at / width) / factor) * columns + Math.floor((at % width) / factor);
    sums[to]! += value;
    counts[to]!++;
  });
  return { values: Float32Array.from(sums, (sum, at) => sum / counts[at]!), width: columns, height: rows };
}
