import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './command.js';

/** The NVIDIA driver of this machine: its version, "found" where only its library or its tool shows, or undefined. */
export async function nvidiaDriver(): Promise<string | undefined> {
  const kernel = '/proc/driver/nvidia/version';
  if (existsSync(kernel)) return driverVersion(readFileSync(kernel, 'utf8')) ?? 'found';
  const { stdout } = await run('ldconfig', ['-p']);
  if (stdout.includes('libcuda.so.1')) return 'found';
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((folder) => existsSync(join(folder, 'nvidia-smi'))) ? 'found' : undefined;
}

/** The version in the driver's own description: "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue ...". */
export function driverVersion(description: string): string | undefined {
  return /\s(\d{3,}\.[\d.]+)\s/.exec(description)?.[1];
}
