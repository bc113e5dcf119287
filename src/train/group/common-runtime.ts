import type { Group } from '../../distributed/index.js';
import type { Runtime } from '../../tensorflow/index.js';

/**
 * The runtime as all processes have it: bfloat16 gains where it gains on each of their machines. So all compute in the
 * same format, whatever their processors are.
 */
export async function commonRuntime(group: Group, runtime: Runtime): Promise<Runtime> {
  const all = await group.gather(runtime.bfloat16);
  return { ...runtime, bfloat16: all.every(Boolean) };
}
