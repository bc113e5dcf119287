// A program of its own: loads the runtime and computes with it, so that a library which crashes ends this process only.
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { compile } from '../compile.js';
import { loadNativeRuntime } from '../native/load.js';
import { PROBE_MARK, type Probed } from './check-runtime.js';

const runtime = loadNativeRuntime();
const sum = tf.tidy(() => tf.add(1, 1).dataSync()[0]);
if (sum !== 2) throw new Error(`1 + 1 gave ${sum}`);
if (runtime.graphs) {
  const twice = compile((x: tf.Tensor) => tf.add(x, x));
  const result = tf.tidy(() => twice(tf.scalar(2)).dataSync()[0]);
  if (result !== 4) throw new Error(`the compiled graph gave ${result} for 2 + 2`);
}
const probed: Probed = { ...runtime, libraries: tensorflowLibraries() };
process.stdout.write(`${PROBE_MARK}${JSON.stringify(probed)}\n`);

function tensorflowLibraries(): string[] {
  if (process.platform !== 'linux') return [];
  const maps = readFileSync('/proc/self/maps', 'utf8');
  return [...new Set(maps.match(/\/\S*\/libtensorflow\w*\.so[.\d]*/g) ?? [])].sort();
}
