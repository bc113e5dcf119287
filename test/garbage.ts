import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
export const collectGarbage = runInNewContext('gc') as () => void;

/**
 * Collects garbage until a condition holds, a hundred times at most: what finalizers free, or threads beside
 * JavaScript's, is free some time after a collection.
 *
 * @param least collections in any case
 */
export async function collectUntil(holds: () => boolean, least = 0): Promise<void> {
  for (let turn = 0; turn < 100 && (turn < least || !holds()); turn++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
