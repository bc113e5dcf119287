import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePng } from '../../report/index.js';
import { InvalidInput } from '../../errors.js';
import { writeFileAtomic } from '../../files/write-atomic.js';
import { canResume, loadRecipe, makeNetwork, train } from '../../train/index.js';
import { differences, type Recipe } from '../../train/recipe/index.js';
import { PLAIN } from '../plan/choose-arms.js';
import { writeResult } from '../plan/comparison-folder.js';
import type { ComparisonPlan, RunResult } from '../types.js';
import { armRecipe, drawnPath, drawOf, firstSeeds, type PlannedRun } from '../plan/plan.js';
import {
  measureFurther,
  measureWatched,
  prepare,
  type CompareOptions,
  type MeasuredImages,
} from './prepare.js';
import { stagePicture } from './stage-picture.js';
import { isFinished, trainingCurve } from './training-curve.js';
import { withValidateEvery } from '../plan/validated-epochs.js';

/** Makes the runs of a comparison, whichever are asked for; what they have in common is looked at once. */
export interface Runner {
  /**
   * Looks at the images of a seed (with draws, of its draw), and the first time tries arms on them that have no result
   * yet; false where it was stopped.
   */
  look(seed: number, untried: readonly string[]): Promise<boolean>;
  /**
   * Trains and measures one run, from where it stands, and keeps its result; undefined where it was stopped.
   *
   * @throws InvalidInput and Failure as train does, and where the run was begun with another recipe
   */
  run(run: PlannedRun): Promise<RunResult | undefined>;
}

export function openRunner(plan: ComparisonPlan<Recipe>, options: CompareOptions): Runner {
  const [firstSeed] = firstSeeds(plan);
  let prepared: { draw: number | undefined; images: MeasuredImages } | undefined;
  const imagesFor = async (
    seed: number,
    untried: readonly string[] = [],
  ): Promise<MeasuredImages | undefined> => {
    const draw = drawOf(plan, seed);
    if (prepared && prepared.draw === draw) return prepared.images;
    const recipe = armRecipe(plan, PLAIN, plan.draws ? seed : firstSeed!);
    const tried = prepared ? [] : untried.map((arm) => armRecipe(plan, arm, recipe.seed));
    const also = Object.fromEntries(
      Object.entries(plan.also).map(([name, path]) => [name, plan.draws ? drawnPath(path, seed) : path]),
    );
    const images = await prepare({ recipe, also, draw }, tried, options);
    if (images) prepared = { draw, images };
    return images;
  };
  return {
    look: async (seed, untried) => (await imagesFor(seed, untried)) !== undefined,
    run: async (run) => {
      const images = await imagesFor(run.seed);
      return images && trainAndMeasure(run, armRecipe(plan, run.arm, run.seed), images, options);
    },
  };
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
    const beside = options.processes !== undefined && { processes: options.processes };
    return { arm, seed, ...trainingCurve(folder), measured, ...further, ...beside };
  } finally {
    network.model.dispose();
  }
}

/** A run that was begun by another version of the arm, or by hand, would not be what its folder says. */
async function refuseOtherRecipe(folder: string, recipe: Recipe): Promise<void> {
  if (!existsSync(folder) || !canResume(folder)) return;
  const begun = await loadRecipe(join(folder, 'recipe.yaml'));
  const changed = differences(recipe, withValidateEvery(begun, recipe));
  if (changed.length > 0) {
    throw new InvalidInput(
      `${folder}: this run was begun with another recipe (${changed.join('; ')}); remove it`,
    );
  }
}
