import { Worker } from 'node:worker_threads';

/** The pipe between a parent and a worker that ends when the parent does, however that happens. */
export const LIFELINE = { variable: 'CAMTUNE_LIFELINE', descriptor: 4 };

/** Runs in a thread of its own: the main one may be deep in a computation. Plain JavaScript, so that it starts at once. */
const thread = `
const { Socket } = require('node:net');
const end = () => process.kill(process.pid, 'SIGKILL');
new Socket({ fd: require('node:worker_threads').workerData }).on('error', end).on('close', end).resume();
`;

/** In a worker: ends this process when its parent is gone. Elsewhere nothing. */
export function endWithParent(environment: Record<string, string | undefined>): void {
  const descriptor = Number(environment[LIFELINE.variable] ?? NaN);
  if (!Number.isInteger(descriptor)) return;
  // A process that this one starts has no such pipe.
  delete environment[LIFELINE.variable];
  const watch = new Worker(thread, { eval: true, execArgv: [], workerData: descriptor });
  watch.unref();
}
