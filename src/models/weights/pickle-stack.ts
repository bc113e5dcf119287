import { Failure } from '../../errors.js';

/** The stack on which a pickle's operations work. */
export interface PickleStack {
  push(value: unknown): void;
  /** Not below a mark. */
  pop(): unknown;
  top(): unknown;
  mark(): void;
  /** Takes away the last mark and what lies above it. */
  popToMark(): unknown[];
  /** Takes away the last value, or the mark where that is on top, as Python's POP does. */
  discard(): void;
}

/** @throws Failure, from the functions, where there is nothing to take */
export function pickleStack(): PickleStack {
  const values: unknown[] = [];
  /** Heights at which a mark stands. */
  const marks: number[] = [];
  const empty = (): Failure => new Failure('the pickle takes from an empty stack');
  const pop = (): unknown => {
    if (values.length <= (marks.at(-1) ?? 0)) throw empty();
    return values.pop();
  };
  return {
    push: (value) => void values.push(value),
    pop,
    top() {
      if (values.length === 0) throw empty();
      return values.at(-1);
    },
    mark: () => void marks.push(values.length),
    popToMark() {
      const from = marks.pop();
      if (from === undefined) throw new Failure('the pickle lacks a mark');
      return values.splice(from);
    },
    discard: () => void (values.length === marks.at(-1) ? marks.pop() : pop()),
  };
}
