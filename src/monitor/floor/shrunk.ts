import type { HostMap } from '../../report/index.js';

/** Maps are compared at this side or less: they come from a few positions and are smooth. */
const COMPARED = 32;

/** A map at 32 positions a side or fewer: means of whole squares of values. */
export function shrunk({ values, width, height }: HostMap): HostMap {
  const factor = Math.max(1, Math.ceil(Math.max(width, height) / COMPARED));
  const [columns, rows] = [Math.ceil(width / factor), Math.ceil(height / factor)];
  const out = new Float32Array(columns * rows);
  const counts = new Float32Array(columns * rows);
  values.forEach((value, at) => {
    const to = Math.floor(Math.floor(at / width) / factor) * columns + Math.floor((at % width) / factor);
    out[to]! += value;
    counts[to]!++;
  });
  return { values: out.map((sum, at) => sum / counts[at]!), width: columns, height: rows };
}
