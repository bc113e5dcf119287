import type * as tf from '@tensorflow/tfjs-core';
import { booleans, integers, positive, wave } from '../support.js';

/** One use of an operation. */
export interface OpCase {
  name: string;
  run: (...inputs: tf.Tensor[]) => unknown;
  inputs: () => tf.Tensor[];
  /** Whether tfjs can take its gradient. */
  gradient: boolean;
}

type Run = (...inputs: never[]) => unknown;

/** An operation with a gradient. */
export const differentiable = (name: string, run: Run, ...inputs: (() => tf.Tensor)[]): OpCase => ({
  name,
  run: run as OpCase['run'],
  inputs: () => inputs.map((make) => make()),
  gradient: true,
});

/** An operation whose gradient tfjs lacks, or has wrong. */
export const forwardOnly = (name: string, run: Run, ...inputs: (() => tf.Tensor)[]): OpCase => ({
  ...differentiable(name, run, ...inputs),
  gradient: false,
});

// Inputs, made when the case runs.
export const floats = (shape: number[], seed?: number) => () => wave(shape, seed);
export const positives = (shape: number[], seed?: number) => () => positive(shape, seed);
export const indices = (shape: number[], end: number, seed?: number) => () => integers(shape, end, seed);
export const flags = (shape: number[], seed?: number) => () => booleans(shape, seed);
export const image = floats([2, 6, 7, 3]);
export const anywhere = floats([2, 3, 4]);
