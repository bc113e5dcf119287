import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePng } from '../report/index.js';
import { InvalidInput } from '../errors.js';
import { writeFileAtomic } from '../files.js';
import { makeFolder } from '../folders.js';
import { lockFolder } from '../lock.js';
import { canResume, loadRecipe, makeNetwork, train } from '../train/index.js';
import { differences, type Recipe } from '../train/recipe/index.js';
import { readResult, readStart, writeResult } from './comparison-folder.js';
import type { ComparisonPlan, RunResult } from './types.js';
import { armRecipe, plannedRuns, type PlannedRun } from './plan.js';
import { measureWatched, prepare, type CompareOptions, type MeasuredImages } from './prepare.js';
import { stagePicture } from './stage-picture.js';
import { trainingTimeLeft } from './time-left.js';
import { isFinished, trainingCurve } from './training-curve.js';

/**
 * Trains every arm with every seed, one run after the other, and measures each network. What is done (there is a
 * result.json) is not done again, and a run that was stopped is resumed. Of a measured run the checkpoints are removed;
 * its network stays.
 *
 * @param plan as openComparison gives it
 * @returns false where the user stopped it: called again, it goes on
 * @throws InvalidInput and Failure as train does, where another process is at work in the folder, and where a run of
 *   the folder was begun with another recipe
 */
export async function compare(plan: ComparisonPlan<Recipe>, options: CompareOptions): Promise<boolean> {
  const { folder } = options;
  await makeFolder(folder);
  const lock = await lockFolder(folder);
  try {
    return await compareAlone(plan, options);
  } finally {
    await lock.release();
  }
}

async function compareAlone(plan: ComparisonPlan<Recipe>, options: CompareOptions): Promise<boolean> {
  const { folder, baseFolder, log, progress, onResult } = options;
  const runs = await Promise.all(
    plannedRuns(folder, plan).map(async (run) => ({ ...run, result: await readResult(run.folder) })),
  );
  if (runs.every(({ result }) => result) && (await readStart(folder))) return true;
  const isNew = (arm: string): boolean => !runs.some((run) => run.arm === arm && run.result);
  const recipes = plan.arms.filter(isNew).map((arm) => armRecipe(plan.recipe, arm, plan.recipe.seed));
  const classifier = await prepare(plan, recipes, options);
  if (!classifier) return false;
  for (const [index, run] of runs.entries()) {
    if (run.result) continue;
    const left = trainingTimeLeft(runs);
    const about = left === null ? '' : `, about ${Math.ceil(left / 60)} min of training left`;
    log(`run ${index + 1} of ${runs.length}: ${run.arm}, seed ${run.seed}${about}`);
    const recipe = armRecipe(plan.recipe, run.arm, run.seed);
    await refuseOtherRecipe(run.folder, recipe);
    if (!isFinished(run.folder)) {
      const resume = { runFolder: run.folder, resume: true, baseFolder, log, progress };
      const { finished } = await train(recipe, resume);
      if (!finished) return false;
    }
    run.result = await resultOf(run, recipe, classifier, options);
    if (!run.result) return false;
    await writeResult(run.folder, run.result);
    await rm(join(run.folder, 'checkpoints'), { recursive: true, force: true });
    await onResult?.();
  }
  return true;
}

/** Measures the network of a finished run, and draws what its arm makes of some training images. */
async function resultOf(
  { arm, seed, folder }: PlannedRun,
  recipe: Recipe,
  classifier: MeasuredImages,
  options: CompareOptions,
): Promise<RunResult | undefined> {
  const network = await makeNetwork(recipe, classifier.classNames, options.baseFolder, join(folder, 'model'));
  try {
    const measured = await measureWatched(`${arm}, seed ${seed}`, network, classifier, options);
    if (!measured) return undefined;
    const picture = await stagePicture(network, recipe, options.baseFolder);
    await writeFileAtomic(join(folder, 'stage.png'), await encodePng(picture));
    return { arm, seed, ...trainingCurve(folder), measured };
  } finally {
    network.model.dispose();
  }
}

/** A run that was begun by another version of the arm, or by hand, would not be what its folder says. */
async function refuseOtherRecipe(folder: string, recipe: Recipe): Promise<void> {
  if (!existsSync(folder) || !canResume(folder)) return;
  const changed = differences(recipe, await loadRecipe(join(folder, 'recipe.yaml')));
  if (changed.length > 0) {
    throw new InvalidInput(
      `${folder}: this run was begun with another recipe (${changed.join('; ')}); remove it`,
    );
  }
}
