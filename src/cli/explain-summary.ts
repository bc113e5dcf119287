import type { Tally } from '../explain/folder/index.js';
import { columns } from './print.js';

/** What became of the images, for people. */
export function summaryLines({ images, failed, skipped, methods }: Tally): string[] {
  const parts = [`${images - failed} of ${images} images explained`];
  if (skipped > 0) parts.push(`${skipped} of them before`);
  const rows = [...methods].map(([name, { maps, ms, zero }]) => [
    name,
    String(maps),
    (ms / maps).toFixed(0),
    String(zero),
  ]);
  return [
    parts.join(', '),
    ...(rows.length > 0 ? columns([['method', 'maps', 'ms a map', 'maps of 0'], ...rows]) : []),
  ];
}
