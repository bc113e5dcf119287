// A program of its own: loads the runtime and computes with it, so that a library which crashes ends this process only.
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { compile } from '../tensorflow/index.js';
import { loadNativeRuntime } from '../tensorflow/native/index.js';
import { type Answer, PROBE_MARK } from './check-runtime.js';

process.stdout.write(`${PROBE_MARK}${JSON.stringify(probe())}\n`);

function probe(): Answer {
  try {
    const runtime = loadNativeRuntime();
    const sum = tf.tidy(() => tf.add(1, 1).dataSync()[0]);
    if (sum !== 2) return { problem: `1 + 1 gave ${sum}` };
    if (runtime.graphs) {
      const twice = compile((x: tf.Tensor) => tf.add(x, x));
      const result = tf.tidy(() => twice(tf.scalar(2)).dataSync()[0]);
      if (result !== 4) return { problem: `the compiled graph gave ${result} for 2 + 2` };
    }
    return { runtime: { ...runtime, libraries: tensorflowLibraries() } };
  } catch (error) {
    return { problem: (error as Error).message.split('\n')[0]! };
  }
}

function tensorflowLibraries(): string[] {
  if (process.platform !== 'linux') return [];
  const maps = readFileSync('/proc/self/maps', 'utf8');
  return [...new Set(maps.match(/\/\S*\/libtensorflow\w*\.so[.\d]*/g) ?? [])].sort();
}
