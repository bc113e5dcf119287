import { Failure, InvalidInput } from '../../errors.js';
import { endedBy, reasonOf, type Ended } from './worker.js';

/**
 * What a worker's failure is for the whole.
 *
 * @param doing what it was at: 'images.1-of-2.jsonl, after 3 images'
 * @param next what goes on: 'the same command'
 */
export function failureOf(ended: Ended, size: number, doing: string, next: string): Error {
  const { rank, code } = ended;
  const why = reasonOf(ended);
  if (code === 2 && why !== undefined) return new InvalidInput(why);
  const how = endedBy(ended) ?? `failed with status ${code}`;
  return new Failure(
    `rank ${rank} of ${size} (${doing}) ${how}${why === undefined ? '' : `: ${why}`}; the others were stopped, what is done is kept, and ${next} goes on`,
  );
}
