import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';

/** The memory of a machine, bytes; in a container, what its limit leaves. */
export interface Memory {
  /** What programs can still take. */
  free: number;
  total: number;
}

/** The memory of this machine. */
export function machineMemory(): Memory {
  return { free: freeMemory(), total: Math.min(totalmem(), process.constrainedMemory?.() || Infinity) };
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
