import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Outcome, Task } from './target.js';

/** Reads files in a process of its own, which is started again when it has died. */
export interface Reader {
  /** What became of it; `died` where the process is gone. */
  read(task: Task): Promise<Outcome | { kind: 'died'; message: string }>;
  close(): void;
}

const program = fileURLToPath(new URL('target.ts', import.meta.url));

export function reader(): Reader {
  let child: ChildProcess | undefined;
  const start = async (): Promise<ChildProcess> => {
    // What HDF5 prints is of no interest here.
    const started = fork(program, {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    await new Promise((ready) => started.once('message', ready));
    return started;
  };
  return {
    async read(task) {
      const target = (child ??= await start());
      return new Promise((settle) => {
        const died = (code: number | null, signal: NodeJS.Signals | null) => {
          child = undefined;
          const reasons: Partial<Record<NodeJS.Signals, string>> = {
            SIGKILL: 'takes too long',
            SIGTERM: 'takes too much memory',
          };
          settle({ kind: 'died', message: (signal && reasons[signal]) ?? `ended with ${signal ?? code}` });
        };
        target.once('exit', died);
        target.once('message', (outcome: Outcome) => {
          target.off('exit', died);
          settle(outcome);
        });
        target.send(task);
      });
    },
    close: () => void child?.kill('SIGKILL'),
  };
}
