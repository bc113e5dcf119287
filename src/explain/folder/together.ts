import { shardName } from '../../files/shards.js';
import type { StopSignal } from '../../process/stop.js';
import { tellParent } from '../../process/tell-parent.js';
import type { Outcome } from './run.js';

/** What a worker tells of an image. */
type WorkerMessage = { image: string; skipped: boolean } | { image: string; error: string };

/** In a worker: hands on to the parent what became of an image; its record is on disk. */
export function tellOutcome(outcome: Outcome): void {
  tellParent(
    ('error' in outcome
      ? outcome
      : { image: outcome.record.image, skipped: outcome.skipped }) satisfies WorkerMessage,
  );
}

/** What other processes have explained. */
export interface Others {
  /** Whether an image has had its turn. */
  has(this: void, image: string): boolean;
  /** What became of it: explained just now, where this process finds it done. */
  asTold(outcome: Outcome): Outcome;
  stopped?: StopSignal;
}

/**
 * Lets several processes explain a part of the images each.
 *
 * @param args of this program, the same for all
 * @param shown the progress of all of them together
 * @throws what a worker failed with, named
 */
export async function explainTogether(
  size: number,
  args: readonly string[],
  shown: { update(done: number): void; log(line: string): void },
): Promise<Others> {
  const { failureOf, shareOut } = await import('../../distributed/launch/index.js');
  const outcomes = new Map<string, WorkerMessage>();
  const images = Array.from({ length: size }, () => 0);
  const { stopped, failed } = await shareOut({
    size,
    args,
    onMessage: (rank, message) => {
      const told = message as WorkerMessage;
      if ('error' in told) shown.log(`${told.image}: ${told.error}`);
      outcomes.set(told.image, told);
      images[rank]!++;
      shown.update(outcomes.size);
    },
  });
  if (failed && !stopped) {
    const { rank } = failed;
    const doing = `${shardName('explain', { rank, size })}, after ${images[rank]} images`;
    throw failureOf(failed, size, doing, 'the same command with --skip-existing');
  }
  return {
    has: (image) => outcomes.has(image),
    asTold: (outcome) => {
      if ('error' in outcome) return outcome;
      const told = outcomes.get(outcome.record.image);
      return { ...outcome, skipped: told !== undefined && 'skipped' in told && told.skipped };
    },
    ...(stopped && { stopped }),
  };
}
