import type { Plain } from './program.js';

/** The JavaScript value that a plain argument stands for. */
export function decode(spelled: Plain): unknown {
  if (/^-?\d+n$/.test(spelled)) return BigInt(spelled.slice(0, -1));
  if (spelled === 'true' || spelled === 'false') return spelled === 'true';
  return /^-?[\d.]+$/.test(spelled) ? Number(spelled) : spelled;
}

/** A number that tells all plain values apart, 0 from -0 and 1 from 1n too: a multiple of 1/4 within [-4, 4]. */
export function number(value: unknown): number {
  switch (typeof value) {
    case 'number':
      return Math.max(-3, Math.min(3, Math.round(4 / value) / 4));
    case 'bigint':
      return Number(value) % 4 - 0.75; // prettier-ignore
    case 'boolean':
      return value ? 3.75 : 3.5;
    default:
      return ((value as string).length % 4) + 0.25;
  }
}

/** A whole number from 0 on, for choices. */
export function choice(value: unknown): number {
  return Math.round(4 * (number(value) + 4));
}
