import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Environment } from '../place/index.js';

/** How a worker ended. */
export interface Ended {
  rank: number;
  code: number | null;
  signal: NodeJS.Signals | null;
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
  /** Whether it writes to our streams; of the others only what they say on stderr is heard. */
  speaks: boolean;
  onLine: (line: string) => void;
  onMessage: (message: object) => void;
}

/**
 * Starts this program anew with other arguments. Each worker stands in a process group of its own: Ctrl-C comes to us
 * alone, and we hand it on.
 */
export function startWorker({ rank, args, environment, speaks, onLine, onMessage }: WorkerOptions): Worker {
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
  return {
    kill: (signal) => void killIfThere(child, signal),
    // One that has ended meanwhile is heard of by its end.
    send: (message) => void (child.connected && child.send(message, () => undefined)),
    ended: new Promise((resolve) => {
      child.on('error', (error) => said.push(error.message));
      child.on('error', () => child.pid === undefined && resolve({ rank, code: 1, signal: null, said }));
      child.on('close', (code, signal) => resolve({ rank, code, signal, said }));
    }),
  };
}

/** What a worker that failed has said of it last, without the program's name. */
export function reasonOf({ said }: Ended): string | undefined {
  const line = said.findLast((each) => each.startsWith('camtune: ')) ?? said.at(-1);
  return line?.replace(/^camtune: /, '');
}

function killIfThere(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
}
