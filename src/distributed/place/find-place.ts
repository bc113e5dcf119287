import { invalid, phrase } from '../../errors.js';
import type { Place } from '../types.js';
import { placeFromMpi } from './mpi.js';
import { PLACE, placeFromParent } from './parent.js';
import { placeFromSlurm } from './slurm.js';
import { placeFromTfConfig } from './tf-config.js';
import type { Environment, FoundPlace } from './variables.js';

/**
 * The place of this process among those that were started together: by a parent of ours (`--processes`), else from
 * TF_CONFIG, from mpiexec's variables, from Slurm's, the first that is there. (mpiexec inside of a Slurm job is the
 * nearer launcher of the two.) CAMTUNE_SECRET, where it is set, is what they must all know.
 *
 * @returns null where it was started alone, be it by a launcher
 * @throws InvalidInput where variables are missing, are not what they should be, or contradict each other
 */
export function findPlace(environment: Environment): Place | null {
  if (environment[PLACE]) return placeFromParent(environment[PLACE]);
  const config = environment['TF_CONFIG']?.trim() ?? '';
  const written = config === '' ? null : placeFromTfConfig(config);
  // Not asked where TF_CONFIG has the answer: they may be those of a job around this one.
  const found = written ?? placeFromMpi(environment) ?? placeFromSlurm(environment);
  if (found === null || found.size === 1) return null;
  if (written) checkRank(written, environment);
  const secret = environment['CAMTUNE_SECRET'];
  return { rank: found.rank, addresses: found.addresses, ...(secret && { secret }) };
}

/** One TF_CONFIG for all processes of an mpiexec or srun would give them all the same place. */
function checkRank({ rank, size }: FoundPlace, environment: Environment): void {
  for (const [rankName, sizeName] of pairs) {
    const other = { rank: environment[rankName], size: environment[sizeName] };
    if (other.size !== String(size) || other.rank === undefined || other.rank === String(rank)) continue;
    throw invalid(
      'TF_CONFIG',
      `the task of ${rankName} (${other.rank})`,
      phrase(`rank ${rank}`),
      'each process needs its own TF_CONFIG, or none',
    );
  }
}

const pairs = [
  ['OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE'],
  ['PMI_RANK', 'PMI_SIZE'],
  ['SLURM_PROCID', 'SLURM_STEP_NUM_TASKS'],
] as const;
