import { spawn } from 'node:child_process';
import { compiled } from '../compiled.js';

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs the command line in this process, on pipes as it seems, and keeps what it says: seconds less than a process of
 * its own, which is for tests of main.ts, signals and what is loaded.
 */
export async function camtune(...args: string[]): Promise<Ended> {
  // Mocha loads this file as CommonJS; what commands import would be other modules than those that were required.
  const { run } = await import('../../src/cli/run.js');
  const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)];
  const status = process.exitCode;
  process.exitCode = undefined;
  try {
    await run(args);
    return { status: Number(process.exitCode ?? 0), stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.exitCode = status;
    stdout.release();
    stderr.release();
  }
}

/** Runs the command line in a process of its own. */
export function camtuneProcess(...args: string[]): Promise<Ended> {
  return node(compiled('src/cli/main.ts'), ...args);
}

/** Runs Node and keeps what it says. */
export function node(...args: string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args);
    const ended: Ended = { status: null, stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (ended.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (ended.stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (status) => resolve({ ...ended, status }));
  });
}

/** Keeps what is written to a stream, which is no terminal meanwhile. */
function capture(stream: NodeJS.WriteStream): { text: () => string; release: () => void } {
  const { isTTY } = stream;
  let text = '';
  const write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const done = rest.at(-1);
    if (typeof done === 'function') (done as () => void)();
    return true;
  };
  Object.assign(stream, { write, isTTY: false });
  return {
    text: () => text,
    release: () => {
      delete (stream as Partial<NodeJS.WriteStream>).write;
      stream.isTTY = isTTY;
    },
  };
}
