import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../files.js';
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
  const hasBoxes = (await annotationsOf(request.data)) !== undefined;
  const labeled = hasBoxes ? undefined : await imagesWithLabels(request.data, classifier, request);
  const results: Record<string, Result> = {};
  for (const [metric, { run }] of Object.entries(metrics)) {
    if (metric === 'pointing-game' && !hasBoxes) continue;
    if (metric === 'accuracy' && !labeled) continue;
    const own = join(folder, metric);
    // The categories of a COCO folder are seldom the network's classes: any object counts then.
    const asked = metric === 'pointing-game' && !knowsCategories(classifier) ? 'predicted' : request.target;
    const wanted = { ...request, target: asked };
    results[metric] =
      metric === 'accuracy'
        ? await accuracyOnFolder(classifier, wanted, own, watch, labeled)
        : await run(classifier, wanted, own, watch);
    await writeResult(own, results[metric]);
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

/** COCO's own names among the classes of the network. */
function knowsCategories({ classNames }: OpenedClassifier): boolean {
  return classNames?.includes('person') ?? false;
}
