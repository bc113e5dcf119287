import { type ChildProcess, spawn } from 'node:child_process';
import { compiled } from '../compiled.js';
import type { Patience, Place } from '../../src/distributed/index.js';
import { freePorts } from '../../src/distributed/launch/free-ports.js';

/** A process that a test has started as a rank. */
export interface RankProcess {
  process: ChildProcess;
  /** Resolves with the line of that number, from 0, once it has been printed. */
  line(index: number): Promise<unknown>;
  ended: Promise<{ status: number | null; signal: string | null; lines: unknown[]; errors: string }>;
}

/** Addresses on this machine that nobody listens at, `count` of them and one for the control. */
export async function freePlace(count: number, host = '127.0.0.1'): Promise<Omit<Place, 'rank'>> {
  const addresses = (await freePorts(count + 1)).map((port) => `${host}:${port}`);
  return { addresses: addresses.slice(0, count), control: addresses[count]! };
}

/**
 * Starts programs/NAME.ts as a rank; further arguments are the program's.
 *
 * @param patience `gpu`: as if it might have one, so that TensorFlow communicates
 */
export function startRank(
  name: string,
  place: Place,
  { gpu = false, ...patience }: Patience & { gpu?: boolean } = {},
  ...args: string[]
): RankProcess {
  const path = compiled(`test/distributed/programs/${name}.ts`);
  const child = spawn(process.execPath, [path, JSON.stringify({ place, patience, gpu }), ...args], {
    env: { ...process.env, TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '2' },
  });
  const lines: unknown[] = [];
  const watchers = new Set<() => void>();
  let text = '';
  let errors = '';
  let over = false;
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    const parts = (text + part).split('\n');
    text = parts.pop()!;
    parts.forEach((line) => lines.push(JSON.parse(line)));
    watchers.forEach((watcher) => watcher());
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => (errors += part));
  const ended = new Promise<Awaited<RankProcess['ended']>>((resolve) => {
    child.on('close', (status, signal) => {
      over = true;
      watchers.forEach((watcher) => watcher());
      resolve({ status, signal, lines, errors });
    });
  });
  return {
    process: child,
    ended,
    line: (index) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (lines.length > index) resolve(lines[index]);
          else if (over) reject(new Error(`the rank ended before line ${index}: ${errors}`));
        };
        watchers.add(look);
        look();
      }),
  };
}
