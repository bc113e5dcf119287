import { traceInProgress } from '../tensorflow/native/index.js';

/**
 * Keys of collective operations. Ranks find each other by what an operation is for and by its place among its like in
 * the function that is traced, and not by how many there were before: so it does not matter whether all ranks have
 * traced the same functions, or equally often (a last batch of another size), nor that several functions have keys in
 * common, since a process runs one at a time.
 *
 * @returns a function from a purpose (with type and shape) to a key, from 1 to 2^31 − 1
 */
export function collectiveKeys(): (purpose: string) => number {
  const inTraces = new WeakMap<object, Map<string, number>>();
  const owners = new Map<number, string>();
  return (purpose) => {
    const trace = traceInProgress();
    let place = 0;
    if (trace) {
      const counts = inTraces.get(trace) ?? new Map<string, number>();
      inTraces.set(trace, counts);
      place = counts.get(purpose) ?? 0;
      counts.set(purpose, place + 1);
    }
    const name = `${purpose}#${place}`;
    let key = hash(name);
    while ((owners.get(key) ?? name) !== name) key = key === LARGEST ? 1 : key + 1;
    owners.set(key, name);
    return key;
  };
}

const LARGEST = 2 ** 31 - 1;

/** FNV-1a, without the sign. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value >>> 1) % LARGEST || 1;
}
