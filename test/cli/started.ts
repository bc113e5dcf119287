import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { compiled } from '../compiled.js';
import { processStart } from '../../src/process/state.js';

/** A command that is running, in a process of its own, with workers of one thread. */
export interface Started {
  kill(signal: NodeJS.Signals): void;
  /** Ids of its workers, in the order of their ranks, as soon as there are so many. */
  workers(count: number): Promise<number[]>;
  ended: Promise<{ status: number | NodeJS.Signals | null; stdout: string; stderr: string }>;
}

/** Starts the command line. One thread for each process, so that sums are rounded alike. */
export function started(...args: string[]): Started {
  const child = spawn(process.execPath, [compiled('src/cli/main.ts'), ...args], {
    env: { ...process.env, TF_NUM_INTRAOP_THREADS: '1', OMP_NUM_THREADS: '1' },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    kill: (signal) => void child.kill(signal),
    async workers(count) {
      for (; !isOver(); await wait(5)) {
        const found = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
        const ids = found.split(' ').filter(Boolean).map(Number);
        if (ids.length >= count) return ids.sort((a, b) => a - b);
      }
      throw new Error(`ended without ${count} workers: ${stderr}`);
    },
    ended: new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ status: code ?? signal, stdout, stderr }));
    }),
  };
}

/** Waits until something is true; the time is bounded by the test's own. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await wait(5);
}

/** Waits until processes are gone. */
export async function areGone(ids: readonly number[]): Promise<void> {
  while ((await Promise.all(ids.map(processStart))).some((start) => start !== undefined)) await wait(20);
}

/**
 * Kills the second of two workers as soon as it is at work, waits until both are gone, and says what the command said.
 */
export async function secondKilled(run: Started, isAtWork: () => boolean): Promise<string> {
  const workers = await run.workers(2);
  await until(isAtWork);
  process.kill(workers[1]!, 'SIGKILL');
  const { status, stderr } = await run.ended;
  await areGone(workers);
  expect(status, stderr).to.equal(1);
  return stderr;
}
