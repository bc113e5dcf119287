import { createHash } from 'node:crypto';

/** Below the range that systems give to outgoing connections (32768 on Linux). */
const [lowest, blocks, perBlock] = [20_000, 199, 64];

/**
 * Ports that all processes of a job know without asking each other: a block of 64 that follows from the job's name,
 * 20000 to 32735. Another job may have the same ones, or a server of another kind: then TensorFlow cannot listen, and
 * says so.
 */
export function derivedPorts(job: string): (index: number) => string {
  const block = createHash('sha256').update(job).digest().readUInt32LE(0) % blocks;
  return (index) => String(lowest + block * perBlock + (index % perBlock));
}
