import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Environment } from '../place/index.js';
import { watchLife } from './lifeline.js';

/** How a worker ended. */
export interface Ended {
  rank: number;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Seconds without a sign of life after which it was ended. */
  silence?: number;
  /** The last lines that it wrote, where they were not written through. */
  said: string[];
}

/** A process that works with others. */
export interface Worker {
  kill(signal: NodeJS.Signals): void;
  send(message: object): void;
  ended: Promise<Ended>;
}

export interface WorkerOptions {
  rank: number;
  /** Of this program. */
  args: readonly string[];
  environment: Environment;
  /**
   * Seconds without a sign of life after which it counts as frozen and is ended, default 60: nothing waits for it but
   * the parent.
   */
  silence?: number | undefined;
  /** Whether it writes to our streams; of the others only what they say on stderr is heard. */
  speaks: boolean;
  onLine: (line: string) => void;
  onMessage: (message: object) => void;
}

/**
 * Starts this program anew with other arguments. Each worker stands in a process group of its own: Ctrl-C comes to us
 * alone, and we hand it on.
 */
export function startWorker({
  rank,
  args,
  environment,
  silence = 60,
  speaks,
  onLine,
  onMessage,
}: WorkerOptions): Worker {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...args], {
    env: environment,
    detached: true,
    stdio: ['ignore', speaks ? 'inherit' : 'ignore', speaks ? 'inherit' : 'pipe', 'ipc', 'pipe'],
  });
  child.on('message', (message) => onMessage(message as object));
  const said: string[] = [];
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      if (said.length > 20) said.shift();
      onLine(line);
    });
  }
  let isSilent = false;
  watchLife(child, silence, () => {
    isSilent = true;
    child.kill('SIGKILL');
  });
  return {
    kill: (signal) => void killIfThere(child, signal),
    // One that has ended meanwhile is heard of by its end.
    send: (message) => void (child.connected && child.send(message, () => undefined)),
    ended: new Promise((resolve) => {
      child.on('error', (error) => said.push(error.message));
      child.on('error', () => child.pid === undefined && resolve({ rank, code: 1, signal: null, said }));
      child.on('close', (code, signal) =>
        resolve({ rank, code, signal, said, ...(isSilent && { silence }) }),
      );
    }),
  };
}

/** What a worker that failed has said of it last, without the program's name; a frozen one has said nothing of it. */
export function reasonOf({ said, silence }: Ended): string | undefined {
  if (silence !== undefined) return undefined;
  const line = said.findLast((each) => each.startsWith('camtune: ')) ?? said.at(-1);
  return line?.replace(/^camtune: /, '');
}

/** What has ended a worker from outside, in words; undefined where it has ended by itself. */
export function endedBy({ signal, silence }: Ended): string | undefined {
  if (silence !== undefined) return `was frozen (no sign of life for ${silence} s) and has been ended`;
  return signal === null ? undefined : `was ended by ${signal}`;
}

function killIfThere(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
}
