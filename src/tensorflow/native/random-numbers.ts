import * as tf from '@tensorflow/tfjs-core';
import type { Constant } from './engine.js';
import { type Line, linesThrough } from './random-lines.js';

/** A tensor that tfjs filled with random numbers in JavaScript, recognised: scale · distribution + shift. */
export interface RandomTensor extends Line {
  distribution: (typeof DISTRIBUTIONS)[number];
  /** Integers are cut off, as storing a float in an integer array does. */
  integer: boolean;
}

/** What one generator gave in one run of the function: its seed and its first numbers. */
interface Draw {
  seed: string;
  values: number[];
}

/** Draws of the runs so far, by the order of the generators. */
export type Draws = Draw[][];

const DISTRIBUTIONS = ['uniform', 'normal', 'truncated'] as const;
/** Numbers looked at for each tensor and run. */
const SAMPLE = 96;
/** Two numbers lie on a line with any two others: from four on, chance is out of the question. */
const ENOUGH = 4;
const MOST_RUNS = 48;
/** Seeds whose first uniform number lies within 1e-6 of 0 and of 1: they show both ends of a range at once. */
const EXTREME_SEEDS = ['vdxh', 'ug9p'];

/**
 * tfjs makes random tensors in JavaScript; traced, they would be frozen into the graph. While a function is traced,
 * generators without a seed of their own get one that is known here, so that the tensor they fill can be recognised
 * (`recognise`) and replaced by a random operation of the graph. Generators with a seed give the same numbers at every
 * call: those are constants, as in eager execution.
 *
 * A tensor of one or two numbers does not tell what was asked for. Then the function has to run again, with other
 * seeds and what was seen so far (`seen`).
 *
 * @param seen draws of earlier runs; filled further
 */
export function watchRandomNumbers(seen: Draws) {
  const original = Math.random;
  let pending: string | undefined;
  let count = 0;
  let frozen = false;
  let unsure = false;
  Math.random = () => {
    const caller = callerOf(Math.random);
    if (caller.includes('RandGamma')) {
      throw new Error('compile: tf.randomGamma without a seed is not available inside a compiled function');
    }
    if (!/UniformRandom|MPRandGauss/.test(caller)) {
      frozen ||= !/tf(js)?-core/.test(caller);
      return original();
    }
    const run = seen[count]?.length ?? 0;
    const seed = (pending = EXTREME_SEEDS[run] ?? `camtune-${run}`);
    // Stands in for a number: the generators only ever turn it into a string.
    return { toString: () => seed } as unknown as number;
  };
  return {
    /** True when the function itself called Math.random: that value is frozen into the graph. */
    frozen: () => frozen,
    /** True when a tensor had too few numbers to be recognised: the function has to run again. */
    unsure: () => unsure,
    stop: () => void (Math.random = original),
    /** Called for every tensor made from JavaScript values. */
    recognise(constant: Constant): RandomTensor | undefined {
      if (pending === undefined) return undefined;
      const values = Array.from((constant.values as Float32Array).subarray(0, SAMPLE));
      const draws = (seen[count++] ??= []);
      draws.push({ seed: pending, values });
      pending = undefined;
      const integer = !(constant.values instanceof Float32Array);
      const found = fit(draws, integer);
      if (found.length === 0 || draws.length === MOST_RUNS) {
        throw new Error('compile: random numbers of a kind that compile() does not know; give them a seed');
      }
      const sure = found.length === 1 && (integer || draws.length * values.length >= ENOUGH);
      unsure ||= !sure && values.length > 0;
      return found[0];
    },
  };
}

/** The stack's line of whoever called a function that is running. */
function callerOf(callee: () => unknown): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  const trace: { stack?: string } = {};
  Error.captureStackTrace(trace, callee);
  Error.stackTraceLimit = limit;
  return trace.stack ?? '';
}

/** Every way in which the numbers can have been drawn. */
function fit(draws: Draw[], integer: boolean): RandomTensor[] {
  const values = draws.flatMap((draw) => draw.values);
  if (values.length === 0) return [{ distribution: 'uniform', shift: 0, scale: 1, integer }];
  return DISTRIBUTIONS.flatMap((distribution) => {
    // tfjs cuts integers off uniform numbers only.
    if (integer && distribution !== 'uniform') return [];
    const base = draws.flatMap(({ seed, values }) => standard(distribution, seed, values.length));
    return linesThrough(base, values, integer).map((line) => ({ distribution, ...line, integer }));
  });
}

/** The first numbers of a generator with its default arguments. */
function standard(distribution: RandomTensor['distribution'], seed: string, count: number): number[] {
  // The generators take a string, the types ask for a number.
  const token = seed as unknown as number;
  const make = { uniform: tf.randomUniform, normal: tf.randomNormal, truncated: tf.truncatedNormal }[
    distribution
  ];
  return tf.tidy(() => Array.from(make([count], 0, 1, 'float32', token).dataSync()));
}
