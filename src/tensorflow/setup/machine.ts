import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, freemem } from 'node:os';

/**
 * Which low-precision instructions a processor has.
 *
 * @param cpuinfo content of /proc/cpuinfo, flags included
 */
export function bfloat16Instructions(cpuinfo: string): string[] {
  const flags = new Set(/^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/));
  return ['avx512_bf16', 'amx_bf16'].filter((flag) => flags.has(flag));
}

/** One line about the processor: model, threads in use, whether bfloat16 is native. */
export function processor(): string {
  const model = cpus()[0]?.model.trim() || 'unknown processor';
  let instructions: string[] = [];
  try {
    instructions = bfloat16Instructions(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    // Not Linux: TensorFlow finds out by itself.
  }
  const bfloat16 =
    instructions.length > 0 ? `bfloat16 native (${instructions.join(', ')})` : 'bfloat16 not native';
  return `${model}, ${bfloat16}`;
}

/** One line about threads: how many TensorFlow will use, and what asks for another number. */
export function threads(environment: Record<string, string | undefined>): string {
  const names = ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS', 'OMP_NUM_THREADS', 'UV_THREADPOOL_SIZE'];
  const set = names.flatMap((name) => (environment[name] ? [`${name}=${environment[name]}`] : []));
  return [`${availableParallelism()}`, ...set].join(', ');
}

/**
 * Memory that programs can still take, in bytes: what the kernel says, caches that it would give back included, but no
 * more than the limit of the container.
 */
export function freeMemory(): number {
  try {
    const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    const available = kilobytes ? Number(kilobytes) * 1024 : freemem();
    return Math.min(available, process.availableMemory?.() || Infinity);
  } catch {
    return freemem();
  }
}

/** Free bytes on the disk that holds a folder. */
export async function freeDisk(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
