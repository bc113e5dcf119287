import { availableParallelism } from 'node:os';
import { invalid } from '../../errors.js';
import { isObject } from '../../text/is-object.js';
import type { Share } from '../../data/index.js';
import type { Environment } from '../place/index.js';
import { attend, type Outcome } from './attend.js';
import { gpusOf, workerEnvironment } from './worker-environment.js';
import { startWorker, type Worker } from './worker.js';

/** How a parent tells each worker which part of the work is its. */
export const SHARE = 'CAMTUNE_SHARE';

export interface ShareOutOptions {
  /** How many workers. */
  size: number;
  /** Arguments of this program, the same for all. */
  args: readonly string[];
  /** Receives what workers send, and a way to answer. */
  onMessage: (rank: number, message: object, answer: (message: object) => void) => void;
  /** Seconds without a sign of life after which a worker counts as frozen; it is ended, and has failed. Default 60. */
  silence?: number;
  /** How long the others have to end after one has failed, in milliseconds. Default 15,000. */
  grace?: number;
}

/**
 * Starts workers on this machine, each of which does a part of a work by itself: a GPU each where there are some, else
 * with a share of the cores. They have no need of each other, so that nothing listens to anybody. What they say is kept
 * for the case that they fail; then the others are asked to stop. Where this process is killed, they end by themselves.
 *
 * @returns when all have ended
 * @throws InvalidInput where there are fewer GPUs than workers
 */
export async function shareOut({
  size,
  args,
  onMessage,
  silence,
  grace = 15_000,
}: ShareOutOptions): Promise<Outcome> {
  const machine = { gpus: gpusOf(process.env), cores: availableParallelism() };
  const shares = Array.from({ length: size }, (_, rank): Share => ({ rank, size }));
  const environments = shares.map((share) =>
    workerEnvironment(process.env, share, machine, { [SHARE]: JSON.stringify(share) }),
  );
  const workers: Worker[] = environments.map((environment, rank) =>
    startWorker({
      rank,
      args,
      environment,
      silence,
      speaks: false,
      onLine: () => undefined,
      onMessage: (message) => onMessage(rank, message, (answer) => workers[rank]!.send(answer)),
    }),
  );
  return attend(workers, { grace, onFailure: () => workers.forEach((worker) => worker.kill('SIGTERM')) });
}

/**
 * In a worker: which part is its. A process that it starts is no worker.
 *
 * @throws InvalidInput for what no parent of ours has written
 */
export function shareFromParent(environment: Environment): Share {
  const text = environment[SHARE] ?? '';
  delete environment[SHARE];
  try {
    const share: unknown = JSON.parse(text);
    if (isObject(share) && isCount(share['size']) && isCount(share['rank']) && share['rank'] < share['size'])
      return share as unknown as Share;
  } catch {
    // Said below.
  }
  throw invalid(SHARE, 'what camtune --processes tells its workers', text, 'unset it');
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}
