import { availableParallelism } from 'node:os';
import { type StopSignal, stopSignals, stopStatus } from '../../stop.js';
import { localPlaces } from './local-places.js';
import { gpusOf, workerEnvironment } from './worker-environment.js';
import { type Ended, startWorker, type Worker } from './worker.js';

export interface LaunchOptions {
  /** How many workers. */
  size: number;
  /** Arguments of this program for a worker; `restart` counts the starts from 0. */
  argsOf: (restart: number) => string[];
  /** How often workers are started again after a failure. */
  restarts: number;
  /**
   * How long the other workers have to end by themselves after one has failed, in milliseconds; a frozen one never does.
   * Default 15,000.
   */
  grace?: number;
  /** Receives lines for people. */
  log: (line: string) => void;
}

/**
 * Starts workers on this machine and stays until all have ended: what the first one says is ours, signals are handed on
 * to all, and when one fails the others end too. Where this process is killed, they end by themselves.
 *
 * @returns exit status: 0 done, 2 wrong use, 128 and more stopped by a signal, 1 failed, after as many new starts as
 *   are wanted
 * @throws InvalidInput where there are fewer GPUs than workers
 */
export async function launch({
  size,
  argsOf,
  restarts,
  grace = 15_000,
  log,
}: LaunchOptions): Promise<number> {
  let workers: Worker[] = [];
  let asked: StopSignal[] = [];
  const toAll = (signal: NodeJS.Signals): void => workers.forEach((worker) => worker.kill(signal));
  const handOn = (signal: StopSignal): void => {
    asked = [...asked, signal];
    // The first lets them save, the second ends them at once; the third is for those that do not listen.
    toAll(asked.length > 2 ? 'SIGKILL' : signal);
  };
  const endAll = (): void => toAll('SIGKILL');
  stopSignals.forEach((signal) => process.on(signal, handOn));
  process.on('exit', endAll);
  try {
    for (let restart = 0; ; restart++) {
      workers = await startWorkers(size, argsOf(restart), log);
      const failed = await firstFailure(workers, grace, () => asked.length > 0);
      if (asked[0]) return stopStatus(asked[0]);
      if (!failed) return 0;
      report(failed, size).forEach(log);
      if (failed.code === 2 || restart >= restarts) return failed.code ?? 1;
      log(`starting again from the last checkpoint (${restart + 1} of ${restarts})`);
    }
  } finally {
    stopSignals.forEach((signal) => process.off(signal, handOn));
    process.off('exit', endAll);
  }
}

async function startWorkers(size: number, args: string[], log: (line: string) => void): Promise<Worker[]> {
  const places = await localPlaces(size);
  const machine = { gpus: gpusOf(process.env), cores: availableParallelism() };
  const environments = places.map((place) => workerEnvironment(process.env, place, machine));
  const said = new Set<string>();
  return environments.map((environment, rank) =>
    startWorker(rank, args, environment, (line) => {
      // An error is reported when all have ended; what several say is said once.
      if (line.startsWith('camtune: ') || said.has(line)) return;
      said.add(line);
      log(`rank ${rank}: ${line}`);
    }),
  );
}

/**
 * Waits until all have ended, and ends the others some time after one has failed.
 *
 * @param isStopped whether they have been asked to end: then none of them fails
 * @returns the worker that failed first
 */
async function firstFailure(
  workers: readonly Worker[],
  grace: number,
  isStopped: () => boolean,
): Promise<Ended | undefined> {
  let first: Ended | undefined;
  let timer: NodeJS.Timeout | undefined;
  await Promise.all(
    workers.map(async ({ ended }) => {
      const end = await ended;
      if (end.code === 0 || (isStopped() && (end.code ?? 0) > 128)) return;
      first ??= end;
      timer ??= setTimeout(() => workers.forEach((worker) => worker.kill('SIGKILL')), grace);
    }),
  );
  clearTimeout(timer);
  return first;
}

/** What happened, in words. The first worker has said itself what was wrong with it. */
function report({ rank, code, signal, step, said }: Ended, size: number): string[] {
  const after = step === undefined ? 'before its first step' : `after step ${step}`;
  const how = signal ? `was ended by ${signal}` : `was the first to fail (status ${code})`;
  const why = rank === 0 ? undefined : (said.findLast((line) => line.startsWith('camtune: ')) ?? said.at(-1));
  return [
    ...(why === undefined ? [] : [`rank ${rank}: ${why.replace(/^camtune: /, '')}`]),
    `camtune: rank ${rank} of ${size} ${how} ${after}; the others have ended too`,
  ];
}
