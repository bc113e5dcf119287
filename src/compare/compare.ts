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
import { PLAIN } from './choose-arms.js';
import { readResult, readStart, writePlan, writeResult } from './comparison-folder.js';
import { equalCostControl } from './equal-cost.js';
import type { ComparisonPlan, RunResult } from './types.js';
import { armRecipe, drawnPath, plannedRuns, type PlannedRun } from './plan.js';
import {
  measureFurther,
  measureWatched,
  prepare,
  type CompareOptions,
  type MeasuredImages,
} from './prepare.js';
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
  makeFolder(folder);
  const lock = await lockFolder(folder);
  try {
    return await compareAlone(plan, options);
  } finally {
    await lock.release();
  }
}

async function compareAlone(plan: ComparisonPlan<Recipe>, options: CompareOptions): Promise<boolean> {
  if (!(await runPlanned(plan, options))) return false;
  const extended = await withEqualCost(plan, options);
  return extended === plan || runPlanned(extended, options);
}

/**
 * The plan with the control that costs as much as the dearest arm, once the first seed has been run without it; the same
 * plan where there is nothing to add.
 */
async function withEqualCost(
  plan: ComparisonPlan<Recipe>,
  { folder, log }: CompareOptions,
): Promise<ComparisonPlan<Recipe>> {
  if (!plan.equalCost || plan.control !== null) return plan;
  const runs = plannedRuns(folder, { ...plan, seeds: plan.seeds.slice(0, 1) });
  const results = await Promise.all(runs.map((run) => readResult(run.folder)));
  const found = equalCostControl(
    results.flatMap((result) => result ?? []),
    plan.recipe.schedule.epochs,
  );
  if (!found) return plan;
  const { control, dearest, ratio } = found;
  log(
    `equal cost: ${dearest} took ${ratio.toFixed(2)} times the training time of ${PLAIN}, so the control is ${control}`,
  );
  const extended = { ...plan, control, arms: [...new Set([...plan.arms, control])] };
  await writePlan(folder, extended);
  return extended;
}

/** Runs what has no result yet; while the control is to be found, the first seed alone. */
async function runPlanned(plan: ComparisonPlan<Recipe>, options: CompareOptions): Promise<boolean> {
  const { folder, log, onResult } = options;
  const seeds = plan.control === null ? plan.seeds.slice(0, 1) : plan.seeds;
  const runs = await Promise.all(
    plannedRuns(folder, { ...plan, seeds }).map(async (run) => ({
      ...run,
      result: await readResult(run.folder),
    })),
  );
  const drawOf = (seed: number): number | undefined => (plan.draws ? seed : undefined);
  const firstSeed = seeds[0]!;
  if (runs.every(({ result }) => result) && (await readStart(folder, drawOf(firstSeed)))) return true;
  const isNew = (arm: string): boolean => !runs.some((run) => run.arm === arm && run.result);
  const untried = plan.arms.filter(isNew);
  let prepared: { draw: number | undefined; images: MeasuredImages } | undefined;
  const imagesFor = async (seed: number): Promise<MeasuredImages | undefined> => {
    const draw = drawOf(seed);
    if (prepared && prepared.draw === draw) return prepared.images;
    const recipe = armRecipe(plan, PLAIN, plan.draws ? seed : firstSeed);
    const tried = prepared ? [] : untried.map((arm) => armRecipe(plan, arm, recipe.seed));
    const also = Object.fromEntries(
      Object.entries(plan.also).map(([name, path]) => [name, plan.draws ? drawnPath(path, seed) : path]),
    );
    const images = await prepare({ recipe, also, draw }, tried, options);
    if (images) prepared = { draw, images };
    return images;
  };
  for (const [index, run] of runs.entries()) {
    // The first draw is looked at in any case: its start.json heads the report.
    if (run.result && !(index === 0 && !(await readStart(folder, drawOf(run.seed))))) continue;
    const images = await imagesFor(run.seed);
    if (!images) return false;
    if (run.result) continue;
    const left = trainingTimeLeft(runs);
    const about = left === null ? '' : `, about ${Math.ceil(left / 60)} min of training left`;
    log(
      `run ${index + 1} of ${runs.length}: ${run.arm}, ${plan.draws ? 'draw' : 'seed'} ${run.seed}${about}`,
    );
    run.result = await trainAndMeasure(run, armRecipe(plan, run.arm, run.seed), images, options);
    if (!run.result) return false;
    await onResult?.();
  }
  return true;
}

/** One run, from where it stands to its result; undefined where the user stopped it. */
async function trainAndMeasure(
  run: PlannedRun,
  recipe: Recipe,
  images: MeasuredImages,
  options: CompareOptions,
): Promise<RunResult | undefined> {
  const { baseFolder, log, progress } = options;
  await refuseOtherRecipe(run.folder, recipe);
  if (!isFinished(run.folder)) {
    const { finished } = await train(recipe, {
      runFolder: run.folder,
      resume: true,
      baseFolder,
      log,
      progress,
    });
    if (!finished) return undefined;
  }
  const result = await resultOf(run, recipe, images, options);
  if (!result) return undefined;
  await writeResult(run.folder, result);
  await rm(join(run.folder, 'checkpoints'), { recursive: true, force: true });
  return result;
}

/** Measures the network of a finished run, and draws what its arm makes of some training images. */
async function resultOf(
  { arm, seed, folder }: PlannedRun,
  recipe: Recipe,
  images: MeasuredImages,
  options: CompareOptions,
): Promise<RunResult | undefined> {
  const network = await makeNetwork(recipe, images.classNames, options.baseFolder, join(folder, 'model'));
  try {
    const measured = await measureWatched(`${arm}, seed ${seed}`, network, images, options);
    if (!measured) return undefined;
    const also = await measureFurther(network, images, options);
    if (!also) return undefined;
    const picture = await stagePicture(network, recipe, options.baseFolder);
    await writeFileAtomic(join(folder, 'stage.png'), await encodePng(picture));
    const further = Object.keys(also).length > 0 && { also };
    return { arm, seed, ...trainingCurve(folder), measured, ...further };
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
