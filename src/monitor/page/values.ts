import { label } from '../../report/index.js';

/** NaN for what is no number (JSON has null for NaN): charts leave it out. */
export function number(value: unknown): number {
  return typeof value === 'number' ? value : NaN;
}

/** A value of a table, short. */
export function text(value: unknown): string {
  if (typeof value === 'number') return label(value);
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '–' : JSON.stringify(value);
}

/** imagesPerSecond → images per second */
export function words(key: string): string {
  return key.includes(' ')
    ? key
    : key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/top(\d)/, 'top-$1');
}
