import * as tf from '@tensorflow/tfjs-core';
import type { Constant } from './engine.js';

/** A tensor that tfjs filled with random numbers in JavaScript, recognised: scale · distribution + shift. */
export interface RandomTensor {
  distribution: 'uniform' | 'normal' | 'truncated';
  shift: number;
  scale: number;
  /** Integers are cut off, as storing a float in an integer array does. */
  integer: boolean;
}

const SAMPLE = 96;

/**
 * tfjs makes random tensors in JavaScript; traced, they would be frozen into the graph. While `run` runs, generators
 * without a seed of their own get one that is known here, so that the tensor they fill can be recognised (`recognise`)
 * and replaced by a random operation of the graph. Generators with a seed give the same numbers at every call: those
 * are constants, as in eager execution.
 */
export function watchRandomNumbers() {
  const original = Math.random;
  let pending: string | undefined;
  let count = 0;
  let frozen = false;
  Math.random = () => {
    const caller = new Error().stack?.split('\n')[2] ?? '';
    if (caller.includes('RandGamma')) {
      throw new Error('compile: tf.randomGamma without a seed is not available inside a compiled function');
    }
    if (!/UniformRandom|MPRandGauss/.test(caller)) {
      frozen ||= !caller.includes('tf-core');
      return original();
    }
    pending = `camtune-${++count}`;
    // Stands in for a number: the generators only ever turn it into a string.
    return { toString: () => pending } as unknown as number;
  };
  return {
    /** True when the function itself called Math.random: that value is frozen into the graph. */
    frozen: () => frozen,
    stop: () => void (Math.random = original),
    /** Called for every tensor made from JavaScript values. */
    recognise(constant: Constant): RandomTensor | undefined {
      const seed = pending;
      pending = undefined;
      if (seed === undefined) return undefined;
      const values = Array.from((constant.values as Float32Array).subarray(0, SAMPLE));
      const found = fit(values, seed, !(constant.values instanceof Float32Array));
      if (!found) throw new Error('compile: random numbers of a kind that compile() does not know; give them a seed');
      return found;
    },
  };
}

function fit(values: number[], seed: string, integer: boolean): RandomTensor | undefined {
  // The generators take a string, the types ask for a number.
  const token = seed as unknown as number;
  const shape = [SAMPLE];
  const candidates = {
    uniform: () => tf.randomUniform(shape, 0, 1, 'float32', token),
    normal: () => tf.randomNormal(shape, 0, 1, 'float32', token),
    truncated: () => tf.truncatedNormal(shape, 0, 1, 'float32', token),
  };
  for (const distribution of ['uniform', 'normal', 'truncated'] as const) {
    const base = tf.tidy(() => Array.from(candidates[distribution]().dataSync())).slice(0, values.length);
    const line = integer ? integerLine(base, values) : floatLine(base, values);
    if (line) return { distribution, ...line, integer };
  }
  return undefined;
}

interface Line {
  shift: number;
  scale: number;
}

function floatLine(base: number[], values: number[]): Line | undefined {
  // One number does not tell a line: only the default arguments can be recognised.
  if (values.length === 1) return Math.fround(base[0]!) === values[0] ? { shift: 0, scale: 1 } : undefined;
  const low = base.indexOf(Math.min(...base));
  const high = base.indexOf(Math.max(...base));
  const scale = (values[high]! - values[low]!) / (base[high]! - base[low]!);
  const shift = values[low]! - scale * base[low]!;
  const tolerance = 1e-5 * (Math.abs(scale) + Math.abs(shift) + 1e-30);
  return base.every((x, i) => Math.abs(shift + scale * x - values[i]!) <= tolerance) ? { shift, scale } : undefined;
}

/** Integers were cut off: the line with whole ends (`randomUniformInt(min, max)`) that gives exactly these. */
function integerLine(base: number[], values: number[]): Line | undefined {
  const least = Math.min(...values);
  const most = Math.max(...values);
  for (let reach = 0; reach < 4; reach++) {
    for (let below = 0; below <= reach; below++) {
      const shift = least - below;
      const scale = most + 1 + (reach - below) - shift;
      if (base.every((x, i) => Math.trunc(shift + scale * x) === values[i])) return { shift, scale };
    }
  }
  return undefined;
}
