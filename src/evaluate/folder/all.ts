import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../files/write-atomic.js';
import { accuracyOnFolder } from './accuracy.js';
import { annotationsOf, imagesWithLabels } from './images.js';
import { metrics } from './metrics.js';
import type { Request, Result, Watch } from './types.js';
import { writeResult } from './outputs.js';
import { evaluationPage } from './page.js';
import type { OpenedClassifier } from '../../models/index.js';

/**
 * Runs every metric that fits the data, each in a folder of its own, and writes one HTML page with all tables and
 * pictures. What was done before is not done again.
 *
 * @param folder gets index.html and a folder a metric
 * @returns path of the page, and the reports by metric
 */
export async function evaluateAll(
  classifier: OpenedClassifier,
  request: Request,
  folder: string,
  watch: Watch,
): Promise<{ page: string; reports: Record<string, Result['report']> }> {
  const results: Record<string, Result> = {};
  for (const { metric, run } of await fittingMetrics(classifier, request, folder)) {
    results[metric] = await run(watch);
    await writeResult(join(folder, metric), results[metric]);
  }
  const page = join(folder, 'index.html');
  const pictures = (metric: string) =>
    [
      'insertion.svg',
      'deletion.svg',
      'most-relevant-first.svg',
      'least-relevant-first.svg',
      'sanity.png',
      'reliability.svg',
    ].filter((name) => existsSync(join(folder, metric, name)));
  await writeFileAtomic(page, await evaluationPage(folder, results, pictures));
  return {
    page,
    reports: Object.fromEntries(Object.entries(results).map(([name, { report }]) => [name, report])),
  };
}

/** The metrics that fit the data, each ready to be run in a folder of its own. */
export async function fittingMetrics(
  classifier: OpenedClassifier,
  request: Request,
  folder: string,
): Promise<{ metric: string; run: (watch: Watch) => Promise<Result> }[]> {
  const hasBoxes = (await annotationsOf(request.data)) !== undefined;
  const labeled = hasBoxes ? undefined : await imagesWithLabels(request.data, classifier, request);
  return Object.entries(metrics)
    .filter(([metric]) => (metric !== 'pointing-game' || hasBoxes) && (metric !== 'accuracy' || labeled))
    .map(([metric, { run }]) => {
      const own = join(folder, metric);
      // The categories of a COCO folder are seldom the network's classes: any object counts then.
      const asked = metric === 'pointing-game' && !knowsCategories(classifier) ? 'predicted' : request.target;
      const wanted = { ...request, target: asked };
      return {
        metric,
        run: (watch) =>
          metric === 'accuracy'
            ? accuracyOnFolder(classifier, wanted, own, watch, labeled)
            : run(classifier, wanted, own, watch),
      };
    });
}

/** COCO's own names among the classes of the network. */
function knowsCategories({ classNames }: OpenedClassifier): boolean {
  return classNames?.includes('person') ?? false;
}
