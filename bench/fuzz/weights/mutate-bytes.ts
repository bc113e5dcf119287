import type { Random } from '../../../src/random.js';

/** An integer from 0 to below a limit. */
export function below(limit: number, next: Random): number {
  return Math.floor(next() * limit);
}

export function pick<Item>(items: readonly Item[], next: Random): Item {
  return items[below(items.length, next)]!;
}

const numbers = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** What may befall the bytes of a file: one to four accidents, each small. */
export function mutateBytes(bytes: Uint8Array, next: Random): Buffer<ArrayBuffer> {
  let changed = Buffer.from(bytes);
  for (let left = 1 + below(4, next); left > 0 && changed.length > 0; left--) {
    changed = pick(accidents, next)(changed, next);
  }
  return changed;
}

const accidents: ((bytes: Buffer<ArrayBuffer>, next: Random) => Buffer<ArrayBuffer>)[] = [
  function flipBit(bytes, next) {
    bytes[below(bytes.length, next)]! ^= 1 << below(8, next);
    return bytes;
  },
  function setByte(bytes, next) {
    bytes[below(bytes.length, next)] = below(256, next);
    return bytes;
  },
  function setLength(bytes, next) {
    const size = pick([1, 2, 4, 8], next);
    if (bytes.length < size) return bytes;
    const at = below(bytes.length - size + 1, next);
    const number = pick(numbers, next);
    for (let index = 0; index < size; index++) bytes[at + index] = index < 4 ? number >>> (8 * index) : 0;
    return bytes;
  },
  function cut(bytes, next) {
    return Buffer.from(bytes.subarray(0, below(bytes.length, next)));
  },
  function remove(bytes, next) {
    const from = below(bytes.length, next);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + below(32, next))]);
  },
  function repeat(bytes, next) {
    const from = below(bytes.length, next);
    const part = bytes.subarray(from, from + 1 + below(64, next));
    const times = 1 + below(8, next);
    const copies = Array.from({ length: times }, () => part);
    return Buffer.concat([bytes.subarray(0, from), ...copies, bytes.subarray(from)]);
  },
];
