import { digits } from './cells.js';

/** A protocol as rows of two cells, its keys in words. */
export function protocolRows(protocol: Readonly<Record<string, unknown>>): [key: string, value: string][] {
  return Object.entries(protocol).map(([key, value]) => [words(key), text(value)]);
}

function text(value: unknown): string {
  if (Array.isArray(value)) return value.map(text).join(', ');
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([key, inner]) => `${words(key)}: ${text(inner)}`)
      .join('; ');
  }
  if (typeof value === 'number' && !Number.isInteger(value)) return digits(value, 'number');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** imagesWithObject → images with object */
function words(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
