import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Program } from './program.js';
import type { Answer, Order, Way } from './worker.js';

/** How a child process ended that should not have. */
export interface Crash {
  crash: string;
  /** The programs that it had run before, the last one last. */
  before: Program[];
}

/** A process that runs programs. It is started when needed, and anew after a crash or after enough programs. */
export interface Child {
  run(program: Program, ways: Way[]): Promise<Answer | Crash>;
  /** Starts the next program in a fresh process. */
  stop(): Promise<void>;
}

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
const PATIENCE_MS = 300_000;

/**
 * @param side camtune, or tfjs-node alone
 * @param threads threads of TensorFlow between operations; many find races
 * @param renew after how many programs a process is replaced
 */
export function child(side: 'ours' | 'stock', threads: number, renew = 200): Child {
  let running: ChildProcess | undefined;
  let done: Program[] = [];
  const start = async (): Promise<ChildProcess> => {
    done = [];
    const env = { ...process.env, TF_NUM_INTEROP_THREADS: String(threads), TF_CPP_MIN_LOG_LEVEL: '3' };
    const process_ = fork(WORKER, [side], {
      env,
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let stderr = '';
    process_.stderr!.on('data', (text: Buffer) => (stderr = (stderr + text.toString()).slice(-2000)));
    const ready = await Promise.race([once(process_, 'message'), once(process_, 'exit')]);
    if (ready[0] !== 'ready') throw new Error(`${side}: the process did not start: ${stderr}`);
    return process_;
  };
  const stop = async (): Promise<void> => {
    if (!running) return;
    const ended = once(running, 'exit');
    running.disconnect();
    running = undefined;
    await ended;
  };
  return {
    stop,
    async run(program, ways) {
      if (done.length >= renew) await stop();
      running ??= await start();
      const process_ = running;
      done.push(program);
      const result = await answer(process_, { program, ways });
      if (typeof result !== 'string') return result;
      running = undefined;
      return { crash: result, before: done.slice(0, -1) };
    },
  };
}

/** What the process answers to an order, or how it ended. */
function answer(to: ChildProcess, order: Order): Promise<Answer | string> {
  return new Promise((resolve) => {
    const impatient = setTimeout(() => to.kill('SIGKILL'), PATIENCE_MS);
    const settle = (result: Answer | string): void => {
      clearTimeout(impatient);
      to.off('message', settle).off('exit', ended);
      resolve(result);
    };
    const ended = (code: number | null, signal: string | null): void =>
      settle(signal ?? `exit code ${String(code)}`);
    to.on('message', settle).on('exit', ended);
    to.send(order);
  });
}
