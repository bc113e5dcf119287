import { isZero } from '../../report/maps/index.js';
import type { Outcome } from './run.js';

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

/** What became of the images so far. */
export interface Tally {
  images: number;
  failed: number;
  /** Done by an earlier call. */
  skipped: number;
  /** By name: how many maps, their milliseconds together, how many of them are 0 everywhere. */
  methods: ReadonlyMap<string, { maps: number; ms: number; zero: number }>;
}

/** Adds up what became of the images, in memory that does not grow with them. */
export function tally(): Tally & { add(outcome: Outcome): void } {
  const methods = new Map<string, { maps: number; ms: number; zero: number }>();
  return {
    images: 0,
    failed: 0,
    skipped: 0,
    methods,
    add(outcome) {
      this.images++;
      if ('error' in outcome) return void this.failed++;
      if (outcome.skipped) this.skipped++;
      for (const map of outcome.record.maps) {
        const { maps, ms, zero } = methods.get(map.method) ?? { maps: 0, ms: 0, zero: 0 };
        methods.set(map.method, { maps: maps + 1, ms: ms + map.ms, zero: zero + (isZero(map) ? 1 : 0) });
      }
    },
  };
}
