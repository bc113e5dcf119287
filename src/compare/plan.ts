import { join } from 'node:path';
import { completeRecipe, type Recipe } from '../train/recipe/index.js';
import { armNamed } from './choose-arms.js';
import type { ComparisonPlan } from './types.js';

/** One training run of a comparison. */
export interface PlannedRun {
  arm: string;
  seed: number;
  /** Folder of the run, below that of the comparison. */
  folder: string;
}

/** `count` seeds from the recipe's own on. */
export function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

/**
 * The runs of a comparison, seed by seed: whatever moment it is stopped at, all but one of its seeds can be compared in
 * pairs.
 */
export function plannedRuns(
  folder: string,
  { arms, seeds }: Pick<ComparisonPlan<Recipe>, 'arms' | 'seeds'>,
): PlannedRun[] {
  return seeds.flatMap((seed) =>
    arms.map((arm) => ({ arm, seed, folder: join(folder, arm, `seed-${seed}`) })),
  );
}

/**
 * The recipe of one run: the comparison's recipe with the arm's stage and the seed. Everything else is the same in each
 * arm, and what is random beside the stage (a new head, the order of the images, their crops, which of them go through
 * the stage) follows from the seed alone. Snapshots of maps are left out: a comparison measures maps itself.
 *
 * @throws InvalidInput where the arm's stage does not fit the recipe
 */
export function armRecipe(recipe: Recipe, arm: string, seed: number): Recipe {
  const { stage } = armNamed(arm);
  return completeRecipe({
    ...recipe,
    stage: { ...recipe.stage, ...stage },
    log: { ...recipe.log, saliency: false },
    seed,
  });
}
