import type { Share } from '../data/index.js';
import type { Ended } from '../distributed/launch/index.js';
import { Failure, InvalidInput } from '../errors.js';
import { integer } from './options.js';

/** `--processes`, for commands whose work is parted. */
export const processesOption = integer(
  'processes',
  1,
  'share the work among N processes on this machine, a GPU each where there are some',
  { defaultDescription: '1' },
);

/**
 * The part of this process, where a parent of ours has started it beside others; only then is anything loaded for it.
 *
 * @throws InvalidInput for what no parent has written
 */
export async function ownShare(): Promise<Share | undefined> {
  if (process.env['CAMTUNE_SHARE'] === undefined) return undefined;
  const { endWithParent, shareFromParent } = await import('../distributed/launch/index.js');
  endWithParent(process.env);
  return shareFromParent(process.env);
}

/** Sends something to the parent; nothing where it is gone. */
export function tellParent(message: object): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

/**
 * What a worker's failure is for the whole.
 *
 * @param doing what it was at: 'images.1-of-2.jsonl, after 3 images'
 * @param next what goes on: 'the same command'
 */
export async function failureOf(ended: Ended, size: number, doing: string, next: string): Promise<Error> {
  const { endedBy, reasonOf } = await import('../distributed/launch/index.js');
  const { rank, code } = ended;
  const why = reasonOf(ended);
  if (code === 2 && why !== undefined) return new InvalidInput(why);
  const how = endedBy(ended) ?? `failed with status ${code}`;
  return new Failure(
    `rank ${rank} of ${size} (${doing}) ${how}${why === undefined ? '' : `: ${why}`}; the others were stopped, what is done is kept, and ${next} goes on`,
  );
}
