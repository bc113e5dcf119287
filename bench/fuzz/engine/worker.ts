import { createRequire } from 'node:module';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { random } from '../../../src/random.js';
import { loadTensorflow } from '../../../src/tensorflow/index.js';
import { compiled, eager, type Environment, stock } from './environment.js';
import { interpret } from './interpret.js';
import type { Outcome } from './outcome.js';
import type { Program } from './program.js';

/** Ways to run a program; `noise` is eager with every rounded result shaken. */
export type Way = 'eager' | 'compiled' | 'noise';
export interface Order {
  program: Program;
  ways: Way[];
}
export type Answer = Partial<Record<Way, Outcome>>;

const SHAKES = 4;

/** A process that runs programs one by one, either on camtune (`ours`) or on tfjs-node alone (`stock`). */
async function main(): Promise<void> {
  const ours = process.argv[2] === 'ours';
  if (ours) await loadTensorflow();
  else loadStock();
  await tf.setBackend('tensorflow');
  const plain: Environment = ours ? eager : stock;
  process.on('message', ({ program, ways }: Order) => {
    const answer: Answer = {};
    for (const way of ways) {
      if (way === 'noise') answer.noise = shaken(program, plain);
      else answer[way] = interpret(program, way === 'compiled' ? compiled : plain);
    }
    process.send!(answer);
  });
  process.on('disconnect', () => process.exit(0));
  process.send!('ready');
}

/** Several runs with noise, one behind the other: they must all lie close to the run without. */
function shaken(program: Program, environment: Environment): Outcome {
  const runs = Array.from({ length: SHAKES }, (_, i) => interpret(program, { ...environment, noise: random(i + 1) }));
  const stopped = runs.find(({ error }) => error);
  return { shown: runs.flatMap(({ shown }) => shown), left: [0, 0], ...(stopped && { error: stopped.error! }) };
} // prettier-ignore

/** tfjs-node as it comes, but for two helpers of Node's that newer versions lack. */
function loadStock(): void {
  Object.assign(util, { isNullOrUndefined: (value: unknown) => value == null, isArray: Array.isArray });
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu');
}

await main();
