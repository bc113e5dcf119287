import type { Share } from './data/index.js';
import type { Group } from './distributed/index.js';

type Environment = Record<string, string | undefined>;

/** What launchers tell the processes that they start. */
const variables = [
  'CAMTUNE_LIFELINE',
  'CAMTUNE_PLACE',
  'TF_CONFIG',
  'OMPI_COMM_WORLD_RANK',
  'OMPI_COMM_WORLD_SIZE',
  'PMI_RANK',
  'PMI_SIZE',
  'SLURM_PROCID',
];

/**
 * Joins the processes that a launcher has started beside this one. What processes do together is loaded only where a
 * launcher may have started this one.
 *
 * @returns undefined where there are none
 * @throws InvalidInput for a place that cannot be, Failure where the others do not come
 */
export async function launchedGroup(environment: Environment): Promise<Group | undefined> {
  if (!variables.some((name) => environment[name])) return undefined;
  const { endWithParent } = await import('./distributed/launch/index.js');
  const { findPlace } = await import('./distributed/place/index.js');
  endWithParent(environment);
  const place = findPlace(environment);
  if (!place) return undefined;
  const { joinGroup } = await import('./distributed/index.js');
  return joinGroup(place);
}

/**
 * The part of the work that is this process's, where a parent of ours has started it beside others; only then is
 * anything loaded for it.
 *
 * @throws InvalidInput for what no parent has written
 */
export async function shareFromLauncher(environment: Environment): Promise<Share | undefined> {
  if (environment['CAMTUNE_SHARE'] === undefined) return undefined;
  const { endWithParent, shareFromParent } = await import('./distributed/launch/index.js');
  endWithParent(environment);
  return shareFromParent(environment);
}
