import { spawn } from 'node:child_process';

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the command line from the sources. */
export function camtune(...args: string[]): Promise<Ended> {
  return node('--import', 'tsx', 'src/cli/main.ts', ...args);
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
