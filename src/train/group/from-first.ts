import type { Group } from '../../distributed/index.js';
import { Failure, InvalidInput } from '../../errors.js';

/** What rank 0 has found, or why it could not. */
type Answer<T> = { value?: T } | { error: string; isInvalid: boolean };

/**
 * What rank 0 finds, on every rank; nothing stays undefined. It travels as JSON.
 *
 * @throws what `find` throws on rank 0; on the others InvalidInput or Failure with the same sentence
 */
export async function fromFirst<T>(group: Group, find: () => Promise<T>): Promise<T> {
  let thrown: Error | undefined;
  const own = async (): Promise<Answer<T>> => {
    try {
      return { value: await find() };
    } catch (error) {
      thrown = error as Error;
      return { error: thrown.message, isInvalid: error instanceof InvalidInput };
    }
  };
  const [answer] = await group.gather(group.rank === 0 ? await own() : {});
  if (thrown) throw thrown;
  if (!('error' in answer!)) return answer!.value as T;
  throw answer.isInvalid ? new InvalidInput(answer.error) : new Failure(answer.error);
}
