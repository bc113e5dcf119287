import type { ChildProcess } from 'node:child_process';
import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { clock } from '../clock.mjs';

/** The pipe between a parent and a worker that ends when the parent does, however that happens. */
export const LIFELINE = { variable: 'CAMTUNE_LIFELINE', descriptor: 4 };

/** Seconds that a worker has for its first sign of life: its program may have to come from a slow disk. */
const START = 600;

/**
 * Runs in a thread of its own: the main one may be deep in a computation. Plain JavaScript, so that it starts at once.
 * A parent that is stopped reads nothing: signs do not pile up meanwhile.
 */
const thread = `
const { Socket } = require('node:net');
const end = () => process.kill(process.pid, 'SIGKILL');
const parent = new Socket({ fd: require('node:worker_threads').workerData });
parent.on('error', end).on('close', end).resume();
setInterval(() => parent.writableLength === 0 && parent.write('.'), 1000);
`;

/**
 * In a worker: ends this process when its parent is gone, and gives the parent a sign of life every second, as long as
 * this process is not stopped. Elsewhere nothing.
 */
export function endWithParent(environment: Record<string, string | undefined>): void {
  const descriptor = Number(environment[LIFELINE.variable] ?? NaN);
  if (!Number.isInteger(descriptor)) return;
  // A process that this one starts has no such pipe.
  delete environment[LIFELINE.variable];
  writeSync(descriptor, '.');
  const watch = new Worker(thread, { eval: true, execArgv: [], workerData: descriptor });
  watch.unref();
}

/**
 * In a parent: calls `onSilence`, once, when a worker gives no sign of life for so long. Time in which this process
 * itself was stopped does not count.
 *
 * @param silence in seconds
 */
export function watchLife(child: ChildProcess, silence: number, onSilence: () => void): void {
  let heard = START - silence;
  const time = clock(() => {
    if (time.now() - heard <= silence) return;
    time.stop();
    onSilence();
  });
  const line = child.stdio[LIFELINE.descriptor] as Socket | null | undefined;
  line?.on('error', () => undefined).on('data', () => (heard = time.now()));
  child.once('exit', time.stop).once('error', time.stop);
}
