import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Environment } from '../place/index.js';

/** How a worker ended. */
export interface Ended {
  rank: number;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last step that it has told, where it has told any. */
  step: number | undefined;
  /** The last lines that it wrote, where they were not written through. */
  said: string[];
}

/** A process that works with others. */
export interface Worker {
  kill(signal: NodeJS.Signals): void;
  ended: Promise<Ended>;
}

/**
 * Starts this program anew with other arguments. The first worker writes to our streams; of the others only what they
 * say on stderr is heard. Each stands in a process group of its own: Ctrl-C comes to us alone, and we hand it on.
 */
export function startWorker(
  rank: number,
  args: readonly string[],
  environment: Environment,
  onLine: (line: string) => void,
): Worker {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...args], {
    env: environment,
    detached: true,
    stdio: ['ignore', rank === 0 ? 'inherit' : 'ignore', rank === 0 ? 'inherit' : 'pipe', 'ipc', 'pipe'],
  });
  let step: number | undefined;
  child.on('message', (message: { step?: number }) => (step = message.step ?? step));
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
    ended: new Promise((resolve) => {
      child.on('error', (error) => said.push(error.message));
      child.on(
        'error',
        () => child.pid === undefined && resolve({ rank, code: 1, signal: null, step, said }),
      );
      child.on('close', (code, signal) => resolve({ rank, code, signal, step, said }));
    }),
  };
}

function killIfThere(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
}
