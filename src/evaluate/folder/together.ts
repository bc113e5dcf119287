import { shardName } from '../../files/shards.js';
import type { StopSignal } from '../../process/stop.js';
import { tellParent } from '../../process/tell-parent.js';
import type { Watch } from './types.js';

/** What a worker tells of its part. */
type WorkerMessage = { metric: string; total: number } | { images: number };

/** In a worker: hands on to the parent how far it is. What cannot be read the parent says itself. */
export const partWatch: Watch = {
  start: (metric, total) => tellParent({ metric, total } satisfies WorkerMessage),
  progress: (images) => tellParent({ images } satisfies WorkerMessage),
  note: () => undefined,
};

/**
 * Lets several processes measure a part of the images each.
 *
 * @param args of this program, the same for all
 * @param watch shows how far all of them are together
 * @returns the signal that has stopped it; undefined where all is measured
 * @throws what a worker failed with, named
 */
export async function measureTogether(
  size: number,
  args: readonly string[],
  watch: Watch,
): Promise<StopSignal | undefined> {
  const { failureOf, shareOut } = await import('../../distributed/launch/index.js');
  const parts = joined(size, watch);
  const { stopped, failed } = await shareOut({
    size,
    args,
    onMessage: (rank, message) => parts.tell(rank, message as WorkerMessage),
  });
  if (failed && !stopped) {
    const { rank } = failed;
    const doing = `${shardName('images', { rank, size })}, after ${parts.images(rank)} images`;
    throw failureOf(failed, size, doing, 'the same command');
  }
  return stopped;
}

/** Watches parts as one whole: what is shown is the metric that the slowest of them is at. */
export function joined(
  size: number,
  watch: Watch,
): { tell(rank: number, told: WorkerMessage): void; images(rank: number): number } {
  const metrics: { metric: string; total: number; images: number[] }[] = [];
  const at = Array.from({ length: size }, () => -1);
  let shown = -1;
  const images = (rank: number): number => metrics[at[rank]!]?.images[rank] ?? 0;
  return {
    images,
    tell(rank, told) {
      if ('metric' in told) {
        const known = metrics.findIndex(({ metric }) => metric === told.metric);
        at[rank] = known < 0 ? metrics.push({ ...told, images: [] }) - 1 : known;
      } else metrics[at[rank]!]!.images[rank] = told.images;
      const current = Math.max(0, Math.min(...at));
      const { metric, total, images: done } = metrics[current]!;
      if (current !== shown) watch.start(metric, total);
      shown = current;
      watch.progress(done.reduce((sum, own) => sum + own, 0));
    },
  };
}
