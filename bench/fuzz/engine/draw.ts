import type { Random } from '../../../src/random.js';
import type { Kind, Plain, Spec } from './program.js';

/** Draws from a seeded source. */
export interface Draw {
  below(end: number): number;
  chance(probability: number): boolean;
  of<T>(list: readonly T[]): T;
  some<T>(list: readonly T[], most: number): T[];
  shape(): number[];
  kind(): Kind;
  spec(kind: Kind, shape?: number[]): Spec;
  plain(): Plain;
}

const LARGEST = 120;

export function draws(next: Random): Draw {
  const draw: Draw = {
    below: (end) => Math.floor(next() * end),
    chance: (probability) => next() < probability,
    of: (list) => list[draw.below(list.length)]!,
    some(list, most) {
      const left = [...list];
      const count = Math.min(left.length, 1 + draw.below(most));
      return Array.from({ length: count }, () => left.splice(draw.below(left.length), 1)[0]!);
    },
    shape() {
      const shape = Array.from({ length: draw.of([0, 1, 1, 2, 2, 2, 3, 4, 4]) }, () => 1 + draw.below(5));
      return shape.reduce((size, side) => size * side, 1) > LARGEST ? shape.slice(1) : shape;
    },
    kind: () => draw.of(['float', 'float', 'float', 'exact', 'int', 'bool'] as const),
    spec: (kind, shape = draw.shape()) => ({ shape, kind, seed: draw.below(1e6) }),
    plain: () => draw.of(['0', '-0', '1', '1n', '2', '-4', 'true', 'mean']),
  };
  return draw;
}
