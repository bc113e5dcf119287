/** A seeded source of random numbers whose whole state is one 32-bit integer, so that it can be saved and resumed. */
export interface Random {
  /** Next number, uniform in [0, 1). */
  (): number;
  /** The state: `random(state)` continues the same sequence. */
  state(): number;
}

/**
 * Seeded uniform numbers (mulberry32, T. Ettinger 2017, public domain algorithm).
 *
 * @param seed any number; its lower 32 bits count
 */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return Object.assign(next, { state: () => state });
}

/**
 * One seed from several numbers: (seed, epoch, image) gives every image of every epoch a sequence of its own,
 * whatever the order in which they are decoded.
 */
export function mixSeeds(...parts: number[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts) {
    hash = Math.imul(hash ^ (part >>> 0), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

/** A seeded permutation of 0..length-1 (Fisher and Yates 1938). */
export function permutation(length: number, next: Random): Int32Array {
  const order = Int32Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last--) {
    const other = Math.floor(next() * (last + 1));
    const kept = order[last]!;
    order[last] = order[other]!;
    order[other] = kept;
  }
  return order;
}
