import { invalid } from '../../errors.js';

export interface TrainProcessesOptions {
  /** How many processes. */
  processes: number;
  restarts: number;
  /** Arguments of `camtune` for each of them, without those about processes and the run's folder. */
  args: readonly string[];
  runFolder: string;
  log: (line: string) => void;
}

/**
 * Trains with several processes on this machine, each of which runs the same command.
 *
 * @returns exit status, as `launch` gives it
 * @throws InvalidInput inside of another launcher, and where there are fewer GPUs than processes
 */
export async function trainProcesses({
  processes,
  restarts,
  args,
  runFolder,
  log,
}: TrainProcessesOptions): Promise<number> {
  const { launch } = await import('../../distributed/launch/index.js');
  const { findPlace } = await import('../../distributed/place/index.js');
  // In a batch script of Slurm, outside of a step, there are no other processes.
  const outer =
    process.env['SLURM_STEP_ID'] === undefined ? { ...process.env, SLURM_PROCID: undefined } : process.env;
  if (findPlace(outer)) {
    throw invalid('--processes', 'not to be there where a launcher has started several processes', processes);
  }
  const inFolder = [...args, '--run', runFolder];
  return launch({
    size: processes,
    argsOf: (restart) => (restart > 0 && !args.includes('--resume') ? [...inFolder, '--resume'] : inFolder),
    restarts,
    log,
  });
}
