import type { Group } from '../../distributed/index.js';

/** What rank 0 finds, on every rank; nothing stays undefined. It travels as JSON. */
export async function fromFirst<T>(group: Group, find: () => Promise<T>): Promise<T> {
  const [found] = await group.gather(group.rank === 0 ? ((await find()) ?? null) : null);
  return (found ?? undefined) as T;
}
