import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { bfloat16Instructions, gainsFromBfloat16, processorInformation } from '../tensorflow/native/index.js';

/** One line about the processor: model, whether bfloat16 is native, and whether it is used. */
export function processor(): string {
  const model = cpus()[0]?.model.trim() || 'unknown processor';
  const information = processorInformation();
  const instructions = bfloat16Instructions(information);
  if (instructions.length === 0) return `${model}, bfloat16 not native`;
  const native = `bfloat16 native (${instructions.join(', ')})`;
  return `${model}, ${native}${gainsFromBfloat16(information) ? '' : ', but float32 is faster here'}`;
}

/** One line about threads: how many TensorFlow will use, and what asks for another number. */
export function threads(environment: Record<string, string | undefined>): string {
  const names = ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS', 'OMP_NUM_THREADS', 'UV_THREADPOOL_SIZE'];
  const set = names.flatMap((name) => (environment[name] ? [`${name}=${environment[name]}`] : []));
  return [`${availableParallelism()}`, ...set].join(', ');
}

/** Free bytes on the disk that holds a folder. */
export async function freeDisk(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
