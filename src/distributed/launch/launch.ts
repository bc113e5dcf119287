import { availableParallelism } from 'node:os';
import { stopStatus } from '../../process/stop.js';
import { PLACE } from '../place/index.js';
import { attend } from './attend.js';
import { localPlaces } from './local-places.js';
import { gpusOf, workerEnvironment } from './worker-environment.js';
import { type Ended, endedBy, reasonOf, startWorker, type Worker } from './worker.js';

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
  /**
   * Seconds without a sign of life after which a worker counts as frozen and is ended, default 30: the others notice one
   * that has joined by themselves, and wait for one that has not.
   */
  silence?: number;
  /** Receives lines for people. */
  log: (line: string) => void;
}

/**
 * Starts workers on this machine that train together and stays until all have ended: what the first one says is ours,
 * signals are handed on to all, and when one fails the others end too. Where this process is killed, they end by
 * themselves.
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
  silence = 30,
  log,
}: LaunchOptions): Promise<number> {
  for (let restart = 0; ; restart++) {
    const told: Told[] = Array.from({ length: size }, () => ({}));
    const workers = await startWorkers({ size, silence, log }, argsOf(restart), told);
    const { stopped, failed } = await attend(workers, { grace });
    if (stopped) return stopStatus(stopped);
    if (!failed) return 0;
    report(failed, told).forEach(log);
    if (failed.code === 2 || restart >= restarts) return failed.code ?? 1;
    log(`starting again from the last checkpoint (${restart + 1} of ${restarts})`);
  }
}

/** What a worker has told: its last step, and which rank it has lost. */
interface Told {
  step?: number;
  lost?: number;
}

async function startWorkers(
  { size, silence, log }: { size: number; silence: number; log: (line: string) => void },
  args: string[],
  told: Told[],
): Promise<Worker[]> {
  const places = await localPlaces(size);
  const machine = { gpus: gpusOf(process.env), cores: availableParallelism() };
  const environments = places.map((place, rank) =>
    workerEnvironment(
      process.env,
      { rank, size },
      machine,
      size > 1 ? { [PLACE]: JSON.stringify(place) } : {},
    ),
  );
  const said = new Set<string>();
  return environments.map((environment, rank) =>
    startWorker({
      rank,
      args,
      environment,
      silence,
      speaks: rank === 0,
      onLine: (line) => {
        // An error is reported when all have ended; what several say is said once.
        if (line.startsWith('camtune: ') || said.has(line)) return;
        said.add(line);
        log(`rank ${rank}: ${line}`);
      },
      onMessage: (message) => Object.assign(told[rank]!, message),
    }),
  );
}

/**
 * What happened, in words. The first worker has said itself what was wrong with it. Who hears of another rank's failure
 * may end before that one does.
 */
function report(ended: Ended, told: readonly Told[]): string[] {
  const { rank, code } = ended;
  const why = rank === 0 ? undefined : reasonOf(ended);
  const killed = endedBy(ended);
  const lost = killed ? undefined : (told[rank]!.lost ?? told.find((one) => one.lost !== undefined)?.lost);
  const named = lost ?? rank;
  const status = named === rank ? `status ${code}` : `rank ${rank} noticed, and ended with status ${code}`;
  const step = told[named]?.step;
  const after = step === undefined ? 'before its first step' : `after step ${step}`;
  const how = killed ?? `was the first to fail (${status})`;
  return [
    ...(why === undefined ? [] : [`rank ${rank}: ${why}`]),
    `camtune: rank ${named} of ${told.length} ${how} ${after}; the others have ended too`,
  ];
}
