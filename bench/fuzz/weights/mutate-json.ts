import type { Random } from '../../../src/random.js';
import { below, pick } from './mutate-bytes.js';

type Holder = Record<string | number, unknown>;

const odd = (next: Random): unknown =>
  pick(
    [
      ...[null, true, -1, 0, 1, 2, 0.5, 64, 4096, 1e6, 1e9, 2 ** 53, 1e308, -1e308],
      ...[
        '',
        'x',
        'constructor',
        '__proto__',
        '../../x',
        '\u001b[31mred',
        'relu',
        'softmax',
        '\0',
        'é'.repeat(300),
      ],
      ...[[], {}, [[]], [1e9, 1e9], [0], [-1, 3], [null, null], { a: 1 }, [[1, 2], [3]]],
    ],
    next,
  );

/**
 * Changes a JSON value in one to three places: another value, a key that is gone or of another name, an element that
 * stands there twice or changes places.
 */
export function mutateJson<Value>(value: Value, next: Random): Value {
  const copy = structuredClone(value);
  for (let left = 1 + below(3, next); left > 0; left--) {
    const places: [Holder, string | number][] = [];
    collect(copy, places);
    if (places.length === 0) break;
    const [holder, key] = pick(places, next);
    pick(changes, next)(holder, key, next, places);
  }
  return copy;
}

const changes: ((
  holder: Holder,
  key: string | number,
  next: Random,
  places: [Holder, string | number][],
) => void)[] = [
  (holder, key, next) => void (holder[key] = odd(next)),
  (holder, key, next) => {
    const value = holder[key];
    if (typeof value === 'number') holder[key] = pick([-value, value + 1, value * 1000, value - 1], next);
    else if (typeof value === 'string') holder[key] = value.slice(0, below(value.length + 1, next));
    else holder[key] = odd(next);
  },
  (holder, key) => {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  },
  (holder, key) => {
    if (Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]));
    else holder[`${key}_2`] = holder[key];
  },
  (holder, key, next, places) => {
    const [other, otherKey] = pick(places, next);
    // A copy: a value inside itself is no JSON.
    holder[key] = structuredClone(other[otherKey]);
  },
];

function collect(value: unknown, places: [Holder, string | number][]): void {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    places.push([value as Holder, Array.isArray(value) ? Number(key) : key]);
    collect((value as Holder)[key], places);
  }
}
