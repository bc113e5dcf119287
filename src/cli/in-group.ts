import type { Group } from '../distributed/index.js';
import { Failure, InvalidInput } from '../errors.js';

/**
 * Joins the processes that a launcher has started beside this one.
 *
 * @returns undefined where there are none
 * @throws InvalidInput for a place that cannot be, Failure where the others do not come
 */
export async function joinOthers(): Promise<Group | undefined> {
  const { endWithParent } = await import('../distributed/launch/index.js');
  const { findPlace } = await import('../distributed/place/index.js');
  endWithParent(process.env);
  const place = findPlace(process.env);
  if (!place) return undefined;
  const { joinGroup } = await import('../distributed/index.js');
  return joinGroup(place);
}

/**
 * What rank 0 answers, on every rank; where it cannot, all fail with the same sentence. It travels as JSON.
 *
 * @throws InvalidInput and Failure as `ask` does on rank 0
 */
export async function askedOfFirst<T>(group: Group, ask: () => Promise<T>): Promise<T> {
  const [answer] = await group.gather(group.rank === 0 ? await outcome(ask) : null);
  if ('error' in answer!) throw answer.wrong ? new InvalidInput(answer.error) : new Failure(answer.error);
  return answer!.value;
}

async function outcome<T>(ask: () => Promise<T>): Promise<{ value: T } | { error: string; wrong: boolean }> {
  try {
    return { value: await ask() };
  } catch (error) {
    return { error: (error as Error).message, wrong: error instanceof InvalidInput };
  }
}

/** Ends this process soon, though a computation that waits for lost processes may never end. */
export function endSoon(): void {
  setTimeout(() => process.exit(), 3000).unref();
}
