import type { Share } from '../data/index.js';
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
