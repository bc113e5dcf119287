import type * as tf from '@tensorflow/tfjs-core';
import type { Kind } from '../program.js';

/**
 * What an operation takes: F any number, E an exact number, I an integer, B a truth value, A anything as it is. What
 * does not fit is cast, but a rounded number (kind `float`) never becomes E, I or B.
 */
export type Slot = 'F' | 'E' | 'I' | 'B' | 'A';

/** One operation of the vocabulary. It takes tensors of every shape, and its result's shape depends on theirs alone. */
export interface Op {
  slots: Slot[];
  /** `same`: the kind of the first input. */
  gives: Kind | 'same';
  /** How often tfjs can differentiate it. */
  order: 0 | 1 | 2;
  /** Bound of the result's magnitude, as a power of two, for bounds of the inputs. */
  grows: (bounds: number[]) => number;
  run: Run;
}

export type Run = (inputs: tf.Tensor[], choices: number[]) => tf.Tensor;
export type Vocabulary = Record<string, Op>;

const GIVES = { F: 'float', E: 'exact', I: 'int', B: 'bool', A: 'same' } as const;

/** How the magnitude of a result follows from those of the inputs. */
export const grows = {
  not: (bounds: number[]): number => Math.max(0, ...bounds),
  sum: (bounds: number[]): number => Math.max(0, ...bounds) + 1,
  sums: (bounds: number[]): number => Math.max(0, ...bounds) + 4,
  product: (bounds: number[]): number => bounds.reduce((total, bound) => total + bound, 0),
  products: (bounds: number[]): number => bounds.reduce((total, bound) => total + bound, 0) + 3,
  to: (bound: number) => (): number => bound,
};

/** An operation by its signature, for example 'FF>F'. */
export function op(
  signature: string,
  order: 0 | 1 | 2,
  run: (x: tf.Tensor, y: tf.Tensor, choices: number[], z: tf.Tensor) => tf.Tensor,
  bound: Op['grows'] = grows.not,
): Op {
  const [slots, gives] = signature.split('>') as [string, keyof typeof GIVES];
  return {
    slots: [...slots] as Slot[],
    gives: GIVES[gives],
    order,
    grows: bound,
    run: (inputs, choices) => run(inputs[0]!, inputs[1]!, choices, inputs[2]!),
  };
}
