import type { MapRecord } from './types.js';

/** A probability as people read it: 93.1 %. */
export function percent(probability: number): string {
  return `${(100 * probability).toFixed(1)} %`;
}

/** Whether a map is the same everywhere: the method found nothing for the class. */
export function isZero({ range: [low, high] }: MapRecord): boolean {
  return low === high;
}
