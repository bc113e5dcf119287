import { spawn } from 'node:child_process';

/** How a program ended. */
export interface Ended {
  /** Exit code; null when a signal ended it. */
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs a program to its end, with stdin closed and its output kept.
 * A program that cannot be started ends with status 127, as in a shell.
 *
 * @param cwd folder to run in (default: the current one)
 */
export function run(program: string, args: readonly string[], cwd?: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (ended.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (ended.stderr += text));
    child.on('error', (error) => resolve({ status: 127, signal: null, stdout: '', stderr: error.message }));
    child.on('close', (status, signal) => resolve({ status, signal, ...ended }));
  });
}

/** The lines of a program's complaint that name the error, on one line; for people. */
export function complaint({ stderr, stdout, signal }: Ended): string {
  if (signal) return `ended by ${signal}`;
  const lines = (stderr.trim() || stdout.trim()).split('\n').map((line) => line.trim());
  const errors = lines.filter((line) => /\berror\b/i.test(line));
  const chosen = errors.length > 0 ? errors.slice(0, 3) : lines.slice(-3);
  return chosen.join(' ').slice(0, 600) || 'it said nothing';
}
