import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { compile, loadTensorflow } from '../../src/tensorflow/index.js';
import type { Result } from './result.js';

// worker.ts stock|eager|compiled BUNDLE RESULTS: runs the bundled suite, writes what each test gave.
const [side, bundle, results] = process.argv.slice(2) as [string, string, string];
const require = createRequire(import.meta.url);

Object.assign(util, { isNullOrUndefined: (value: unknown) => value == null, isArray: Array.isArray });
if (side === 'stock') require('@tensorflow/tfjs-node-gpu');
else await loadTensorflow();
await tf.setBackend('tensorflow');
// Every group of tests throws the backend away and asks for a new one: it gets the same one, as compile() needs it.
const backend = tf.backend();
tf.engine().registryFactory['tensorflow']!.factory = () => backend;

/** Compiles, calls and disposes of a function. Inside a trace or a gradient, compile() runs it as it is. */
Object.assign(globalThis, {
  compiledOnce(run: (...args: unknown[]) => unknown, args: unknown[]) {
    const once = compile(run, { name: run.name, onNote: () => undefined });
    try {
      return once(...args);
    } finally {
      once.dispose();
    }
  },
});

interface Jasmine {
  getEnv(): {
    configure(options: object): void;
    addReporter(reporter: object): void;
    execute(): Promise<void> | void;
  };
}
interface Spec {
  fullName: string;
  status: string;
  failedExpectations: { message: string }[];
}
const core = require('jasmine-core') as {
  core(required: unknown): Jasmine;
  interface(jasmine: Jasmine, env: object): object;
};
const jasmine = core.core(core);
const env = jasmine.getEnv();
Object.assign(globalThis, core.interface(jasmine, env), { jasmine });
const found: Result[] = [];
const finished = new Promise<void>((resolve) => {
  env.addReporter({
    specDone({ fullName, status, failedExpectations }: Spec) {
      const messages = failedExpectations.map(({ message }) => message.slice(0, 400));
      found.push({ name: fullName.replace(/ tensorflow \{\}/, ''), status, messages });
    },
    jasmineDone: () => resolve(),
  });
});
env.configure({ random: false });
console.warn = () => undefined;
await import(pathToFileURL(bundle).href);
void env.execute();
await finished;
writeFileSync(results, JSON.stringify(found));
process.exit(0);
