// The process that reads what the fuzzer made; it may crash, hang or grow, and is then started again.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { Worker } from 'node:worker_threads';
import { Failure, InvalidInput } from '../../../src/errors.js';
import { printable } from '../../../src/text/printable.js';
import { classifier, loadModel } from '../../../src/models/index.js';
import { fromKerasFile } from '../../../src/models/sources.js';
import { BrokenHdf5, readContent } from '../../../src/models/weights/hdf5-content.mjs';
import { kerasFile, readTorch } from '../../../src/models/weights/index.js';
import type { FromHdf5 } from '../../../src/models/weights/read-hdf5.js';
import type { FormatName } from './format.js';

export interface Task {
  format: FormatName;
  path: string;
  /** The whole way, as --weights goes it, where a quicker one is usual. */
  whole: boolean;
}

export interface Outcome {
  kind: 'read' | 'refused' | 'stumbled';
  message?: string;
}

/**
 * Until when the task may compute, in microseconds of the process; infinite between tasks. One number, which the watch
 * reads once: what is read twice may belong to two tasks.
 */
const deadline = new Float64Array(new SharedArrayBuffer(8)).fill(Infinity);
watch(deadline);
await tf.setBackend('cpu');
process.on('message', (task: Task) => void answer(task));
process.send!('ready');

async function answer(task: Task): Promise<void> {
  const { user, system } = process.cpuUsage();
  // Whether HDF5's library loops shows soon; the process of its own gets all the time that it has with users.
  deadline[0] = user + system + (task.format === 'hdf5' && !task.whole ? 4e6 : 20e6);
  const outcome = await attempt(task);
  deadline[0] = Infinity;
  tf.disposeVariables();
  process.send!(outcome);
}

async function attempt({ format, path, whole }: Task): Promise<Outcome> {
  try {
    if (format === 'torch' && !whole) {
      const { tensors } = await readTorch(path);
      for (const { read } of tensors.values()) read();
    } else {
      const loaded = format === 'hdf5' && !whole ? await loadHdf5(path) : await loadModel(path);
      classifier(loaded.model);
    }
    return { kind: 'read' };
  } catch (error) {
    const { message, stack = '' } = error as Error;
    const isSentence =
      (error instanceof Failure || error instanceof InvalidInput) &&
      !javascript.test(format === 'torch' ? printable(message) : message);
    return isSentence ? { kind: 'refused', message } : { kind: 'stumbled', message: stack || message };
  }
}

const javascript =
  /Cannot (read|set|convert|destructure)|is not (a function|iterable|defined|a constructor)|Invalid (typed )?array|call stack|\n/;

/** Without the process of its own that HDF5 has otherwise: many files a second. */
async function loadHdf5(path: string) {
  const content: Parameters<typeof kerasFile>[0] = { hasLayers: false, weights: [] };
  const take = (message: FromHdf5) => {
    if (message.kind === 'about') Object.assign(content, message);
    else if (message.kind === 'weight') content.weights.push(message);
    return Promise.resolve();
  };
  await readContent(path, 2 ** 24, take).catch((error: Error) => {
    // A library that has aborted stays so.
    if (error.name === 'RuntimeError') throw error;
    const reason = error instanceof BrokenHdf5 ? error.message : 'it is broken or cut off';
    throw new Failure(`${path}: ${reason}`);
  });
  return fromKerasFile(kerasFile(content, path), path, {});
}

/** Ends the process where a task computes for too long (SIGKILL) or takes more than 1.5 GB (SIGTERM). */
function watch(shared: Float64Array): void {
  const code = `
    const { workerData: deadline } = require('node:worker_threads');
    setInterval(() => {
      const { user, system } = process.cpuUsage();
      const end = deadline[0];
      if (end === Infinity) return;
      if (user + system > end) process.kill(process.pid, 'SIGKILL');
      if (process.memoryUsage.rss() > 1.5e9) process.kill(process.pid, 'SIGTERM');
    }, 50);`;
  new Worker(code, { eval: true, execArgv: [], workerData: shared }).unref();
}
