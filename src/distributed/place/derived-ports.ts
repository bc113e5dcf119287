import { createHash } from 'node:crypto';
import { invalid } from '../../errors.js';

/** Below the range that systems give to outgoing connections (32768 on Linux). */
const [lowest, blocks, perBlock] = [20_000, 199, 64];

/**
 * Ports that all processes of a job know without asking each other: a block of 64 that follows from the job's name,
 * 20000 to 32735. Another job may have the same ones, or a server of another kind: then a process cannot listen, and says
 * so.
 *
 * @param instead variable that tells ports where 64 are too few, which is an InvalidInput
 */
export function derivedPorts(job: string, instead: string): (index: number) => string {
  const block = createHash('sha256').update(job).digest().readUInt32LE(0) % blocks;
  return (index) => {
    if (index < perBlock) return String(lowest + block * perBlock + index);
    throw invalid(instead, `ports of their own for more than ${perBlock} processes on a machine`, undefined);
  };
}
