import { columns } from './print.js';
import { isZero } from '../report/maps/index.js';
import type { Outcome } from '../explain/folder/index.js';

/** What is said of an image in JSON: classes, and for each map its class, time, range and files. */
export function outcomeJson(outcome: Outcome): object {
  if ('error' in outcome) return outcome;
  const { image, classes, maps, sheet } = outcome.record;
  return {
    image,
    classes,
    maps: maps.map(({ method, class: name, index, probability, ms, range, files }) => ({
      method,
      class: name,
      index,
      probability,
      ms,
      range,
      files,
    })),
    ...(sheet !== undefined && { sheet }),
    ...(outcome.skipped && { skipped: true }),
  };
}

/** Adds up what became of the images, in memory that does not grow with them. */
export function summary(): { add(outcome: Outcome): void; images(): number; lines(): string[] } {
  const counts = { images: 0, failed: 0, skipped: 0 };
  const methods = new Map<string, { maps: number; ms: number; zero: number }>();
  return {
    images: () => counts.images,
    add(outcome) {
      counts.images++;
      if ('error' in outcome) return void counts.failed++;
      if (outcome.skipped) counts.skipped++;
      for (const map of outcome.record.maps) {
        const sum = methods.get(map.method) ?? { maps: 0, ms: 0, zero: 0 };
        methods.set(map.method, {
          maps: sum.maps + 1,
          ms: sum.ms + map.ms,
          zero: sum.zero + (isZero(map) ? 1 : 0),
        });
      }
    },
    lines() {
      const { images, failed, skipped } = counts;
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
    },
  };
}
