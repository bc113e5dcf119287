import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Runtime } from '../tensorflow/native/index.js';
import { complaint, run } from './command.js';

/** Stands before the answer of the probe; tfjs greets on stdout as well. */
export const PROBE_MARK = 'camtune-probe:';

/** A runtime that has computed. */
export interface Probed extends Runtime {
  /** Paths of the TensorFlow libraries that were loaded. */
  libraries: string[];
}

/** What became of the probe: the runtime, or why there is none. */
export type Answer = { runtime: Probed } | { problem: string };

/** Loads the native runtime in a process of its own and computes 1 + 1 with it, in a graph too where that works. */
export async function checkRuntime(): Promise<Answer> {
  // Beside this file, compiled or not; from the sources it needs the same loader as this process.
  const probe = fileURLToPath(new URL(`probe${extname(import.meta.url)}`, import.meta.url));
  const loader = process.execArgv.filter((argument) => !argument.startsWith('--inspect'));
  const ended = await run(process.execPath, [...loader, probe]);
  const answer = ended.stdout.split('\n').find((line) => line.startsWith(PROBE_MARK));
  if (ended.status === 0 && answer) return JSON.parse(answer.slice(PROBE_MARK.length)) as Answer;
  if (ended.signal === 'SIGILL') {
    return { problem: 'ended by SIGILL: this TensorFlow uses instructions that the processor lacks' };
  }
  return { problem: complaint(ended) };
}
