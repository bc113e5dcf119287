import { invalid } from '../../errors.js';
import { checkAddresses } from '../address.js';
import { derivedPorts } from './derived-ports.js';
import { type Environment, type FoundPlace, taskFrom, wholeNumber } from './variables.js';

/** host:port of each process, in the order of the ranks: for launchers that tell no addresses. */
export const ADDRESSES = 'CAMTUNE_ADDRESSES';

/** What a launcher of MPI programs sets. */
interface Launcher {
  rank: string;
  size: string;
  /** How many processes of the job run on this machine. */
  localSize: string;
  /** What names the job, the first that is there. */
  job: readonly string[];
}

const launchers: readonly Launcher[] = [
  {
    rank: 'OMPI_COMM_WORLD_RANK',
    size: 'OMPI_COMM_WORLD_SIZE',
    localSize: 'OMPI_COMM_WORLD_LOCAL_SIZE',
    job: ['PMIX_NAMESPACE', 'OMPI_MCA_ess_base_jobid', 'OMPI_MCA_orte_hnp_uri'],
  },
  {
    rank: 'PMI_RANK',
    size: 'PMI_SIZE',
    localSize: 'MPI_LOCALNRANKS',
    job: ['PMI_PORT', 'PMI_ID_JOB', 'HYDRA_JOBID'],
  },
];

/**
 * A place among the processes of `mpiexec`, from Open MPI's variables or those of PMI (MPICH, Intel MPI). They tell
 * ranks but no addresses: on one machine those are made here, over several CAMTUNE_ADDRESSES lists them.
 *
 * @returns null outside of mpiexec
 * @throws InvalidInput where variables are missing or contradict each other
 */
export function placeFromMpi(environment: Environment): FoundPlace | null {
  const launcher = launchers.find(
    ({ rank, size }) => environment[rank] !== undefined || environment[size] !== undefined,
  );
  if (!launcher) return null;
  const { rank, size } = taskFrom(environment, launcher.rank, [launcher.size]);
  const listed = environment[ADDRESSES];
  if (size === 1 && !listed) return { rank, size, addresses: [] };
  if (listed) {
    const addresses = listed.split(',').map((address) => address.trim());
    checkAddresses(ADDRESSES, addresses);
    if (addresses.length === size) return { rank, size, addresses };
    throw invalid(ADDRESSES, `${size} addresses, one for each process (${launcher.size})`, listed);
  }
  if (environment[launcher.localSize] === undefined || localSize(environment, launcher, size) < size) {
    throw invalid(
      ADDRESSES,
      'host:port of each process, with commas between, since mpiexec tells no addresses of other machines',
      undefined,
      'mpiexec -x or -genv hands it to all',
    );
  }
  const job = launcher.job.map((name) => environment[name]).find(Boolean) ?? '';
  const ports = derivedPorts(job, ADDRESSES);
  return { rank, size, addresses: Array.from({ length: size }, (_, index) => `127.0.0.1:${ports(index)}`) };
}

function localSize(environment: Environment, { localSize: name, size: all }: Launcher, size: number): number {
  const local = wholeNumber(environment, name, 1, 'the number of processes on this machine');
  if (local > size) throw invalid(name, `at most ${all} (${size})`, local);
  return local;
}
