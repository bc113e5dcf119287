import { ShareMeasured } from '../index.js';
import type { OpenedClassifier } from '../../models/index.js';
import { fittingMetrics } from './all.js';
import { metrics } from './metrics.js';
import type { Request, Watch } from './types.js';

/** Of these the figures are times: processes beside each other would disturb them. */
const alone: readonly string[] = ['running-time'];

/** Whether several processes can share the images of a metric. */
export function canBeShared(metric: string): boolean {
  return !alone.includes(metric);
}

/**
 * Measures the part of the images that is this process's, for one metric or for all that fit the data, and keeps its
 * results beside those of the other processes. Tables and pictures are made from the whole.
 *
 * @param request with a `share`
 * @throws InvalidInput where there are fewer images than processes
 */
export async function measureShare(
  metric: string,
  classifier: OpenedClassifier,
  request: Request,
  folder: string,
  watch: Watch,
): Promise<void> {
  const runs =
    metric === 'all'
      ? (await fittingMetrics(classifier, request, folder)).filter((own) => canBeShared(own.metric))
      : [{ run: () => metrics[metric]!.run(classifier, request, folder, watch) }];
  for (const { run } of runs) {
    await run(watch).catch((error: unknown) => {
      if (!(error instanceof ShareMeasured)) throw error;
    });
  }
}
