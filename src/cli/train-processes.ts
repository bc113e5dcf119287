import { invalid } from '../errors.js';

export interface ProcessesAsked {
  /** How many processes. */
  processes: number;
  restarts: number;
  /** Arguments of the command, without those about processes. */
  args: string[];
  runFolder: string;
  log: (line: string) => void;
}

/**
 * Trains with several processes on this machine, each of which runs the same command, and sets our exit status.
 *
 * @throws InvalidInput inside of another launcher, and where there are fewer GPUs than processes
 */
export async function trainProcesses({
  processes,
  restarts,
  args,
  runFolder,
  log,
}: ProcessesAsked): Promise<void> {
  const { launch } = await import('../distributed/launch/index.js');
  const { findPlace } = await import('../distributed/place/index.js');
  // In a batch script of Slurm, outside of a step, there are no other processes.
  const outer =
    process.env['SLURM_STEP_ID'] === undefined ? { ...process.env, SLURM_PROCID: undefined } : process.env;
  if (findPlace(outer)) {
    throw invalid('--processes', 'not to be there where a launcher has started several processes', processes);
  }
  const inFolder = [...args, '--run', runFolder];
  process.exitCode = await launch({
    size: processes,
    argsOf: (restart) => (restart > 0 && !args.includes('--resume') ? [...inFolder, '--resume'] : inFolder),
    restarts,
    log,
  });
}

/** The arguments without the given flags and their values. */
export function withoutFlags(args: readonly string[], flags: readonly string[]): string[] {
  return args.filter((argument, index) => {
    const isFlag = (text: string | undefined): boolean => flags.some((flag) => text === `--${flag}`);
    return !(
      isFlag(argument) ||
      isFlag(args[index - 1]) ||
      flags.some((flag) => argument.startsWith(`--${flag}=`))
    );
  });
}
