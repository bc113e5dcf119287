import { join } from 'node:path';
import { writeFileAtomic } from '../files/write-atomic.js';
import type { ChangesFrom, MapsFrom } from './maps-from.js';
import {
  embeddedPictures,
  mapsDocument,
  reportCache,
  reportDocument,
  reportPage,
  type ReportCache,
} from './page/index.js';

/**
 * Writes `report.html` into the folder of a run: summary, curves, how the maps change, snapshots with a slider over
 * the epochs, table of epochs, recipe. One file that opens without a network. Works while the run still goes on.
 *
 * @param run folder of the run; reads metrics.jsonl, recipe.yaml and saliency/
 * @param cache of the reports before, where they are written again and again
 * @returns path of the report
 * @throws when metrics.jsonl is missing or damaged
 */
export async function report(run: string, cache: ReportCache = reportCache()): Promise<string> {
  return reportOfRuns([run], join(run, 'report.html'), cache);
}

/**
 * Writes the same page for several runs beside each other: curves overlaid, maps of an image side by side, what differs
 * between their recipes.
 *
 * @param runs their folders
 * @param path of the page
 * @returns the path
 */
export async function reportOfRuns(
  runs: readonly string[],
  path: string,
  cache: ReportCache = reportCache(),
): Promise<string> {
  const document = await reportDocument(runs, cache);
  const pictures = await embeddedPictures(document, cache.pictures);
  await writeFileAtomic(path, reportPage(document, { pictures, live: false }));
  return path;
}

/**
 * Writes the same page for maps that any program wrote: how they change, over the noise floor where there is one, and
 * the maps themselves, over their images where the folder holds these.
 *
 * @param path of the page; default: report.html beside the maps
 * @returns the path
 * @throws Failure for an image that is there and cannot be read
 */
export async function reportOfMaps(
  maps: MapsFrom,
  changes: ChangesFrom,
  path = join(maps.dir, 'report.html'),
): Promise<string> {
  const { document, pictures } = await mapsDocument(maps, changes);
  await writeFileAtomic(path, reportPage(document, { pictures, live: false }));
  return path;
}
