import type { Find } from './architecture.js';

/** The shape of the first of these tensors that is there: a file that lacks one of them is known by the next. */
export function shapeOfFirst(find: Find, ...names: string[]): readonly number[] | undefined {
  for (const name of names) {
    const shape = find(name);
    if (shape) return shape;
  }
  return undefined;
}

/** The integers from 0 on for which a condition holds, up to the first for which it does not. */
export function countWhile(holds: (index: number) => boolean): number[] {
  const found: number[] = [];
  while (holds(found.length)) found.push(found.length);
  return found;
}

/** The number of blocks of each stage, both counted while they are there. */
export function blocksOfStages(has: (stage: number, block: number) => boolean): number[] {
  return countWhile((stage) => has(stage, 0)).map((stage) => countWhile((block) => has(stage, block)).length);
}
