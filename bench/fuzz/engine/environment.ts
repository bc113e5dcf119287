import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../src/random.js';
import { applyMomentum, compile } from '../../../src/tensorflow/index.js';
import { fused, plain, type Vocabulary, vocabulary } from './ops/index.js';

/** A function of a program, as the program calls it: tensors, then plain arguments. */
export type Routine = ((inputs: tf.Tensor[], plain: unknown[]) => tf.Tensor[]) & { dispose(): void };

/** What a program runs on. */
export interface Environment {
  vocabulary: Vocabulary;
  applyMomentum: typeof applyMomentum;
  /** What becomes of the program's functions. */
  prepare(fn: (inputs: tf.Tensor[], plain: unknown[]) => tf.Tensor[], name: string): Routine;
  /** Shakes every rounded result by a few of its last bits, to find out what rounding can do to the program. */
  noise?: Random;
}

type Prepare = Environment['prepare'];
const asItIs: Prepare = (fn) => Object.assign(fn, { dispose: () => undefined });
const compiling: Prepare = (fn, name) => compile(fn, { name, seed: 1, onNote: () => undefined });

/** Eager, with camtune's operations. */
export const eager: Environment = { vocabulary: vocabulary(fused), applyMomentum, prepare: asItIs };
/** Every function compiled. */
export const compiled: Environment = { ...eager, prepare: compiling };
/** tfjs alone, eager: nothing of camtune's is used. */
export const stock: Environment = {
  vocabulary: vocabulary(plain),
  applyMomentum: plainMomentum,
  prepare: asItIs,
};

function plainMomentum(...[variable, slot, gradient, rate, momentum, nesterov]: Parameters<typeof applyMomentum>) {
  tf.tidy(() => {
    const moved = tf.add(tf.mul(slot, momentum), gradient);
    const direction = nesterov ? tf.add(gradient, tf.mul(moved, momentum)) : moved;
    slot.assign(moved);
    variable.assign(tf.sub(variable, tf.mul(direction, rate)));
  });
} // prettier-ignore
