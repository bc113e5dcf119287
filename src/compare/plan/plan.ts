import { join } from 'node:path';
import { invalid } from '../../errors.js';
import { completeRecipe, type Recipe } from '../../train/recipe/index.js';
import { armNamed, PLAIN } from './choose-arms.js';
import type { ComparisonPlan } from '../types.js';

/** A plan that asks for nothing special: every arm against plain, on one data set. */
export const planDefaults = { control: PLAIN, draws: false, equalCost: false, also: {} } as const;

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

/** The seeds that can be run now: while the control is to be found by equal cost, the first one. */
export function firstSeeds({ control, seeds }: Pick<ComparisonPlan<Recipe>, 'control' | 'seeds'>): number[] {
  return control === null ? seeds.slice(0, 1) : seeds;
}

/** The number of the draw that a seed has, where each has data of its own. */
export function drawOf({ draws }: Pick<ComparisonPlan<Recipe>, 'draws'>, seed: number): number | undefined {
  return draws ? seed : undefined;
}

/** Stands in the paths of a recipe for the number of a draw. */
const DRAW = '{draw}';

/**
 * The recipe of one run: the comparison's recipe with the arm's stage and the seed. Everything else is the same in each
 * arm, and what is random beside the stage (a new head, the order of the images, their crops, which of them go through
 * the stage) follows from the seed alone. Snapshots of maps are left out: a comparison measures maps itself.
 *
 * @param plan with `draws`, the seed is also the number of the draw
 * @throws InvalidInput where the arm's stage does not fit the recipe
 */
export function armRecipe(
  { recipe, draws }: Pick<ComparisonPlan<Recipe>, 'recipe' | 'draws'>,
  arm: string,
  seed: number,
): Recipe {
  const { stage, epochs = recipe.schedule.epochs, finalEpochs, boxShare } = armNamed(arm);
  const data = draws ? drawnData(recipe.data, seed) : recipe.data;
  const isLast = finalEpochs !== undefined;
  return completeRecipe({
    ...recipe,
    data: { ...data, ...(boxShare !== undefined && { boxShare }) },
    stage: { ...recipe.stage, ...stage, ...(isLast && { start: Math.max(0, epochs - finalEpochs) }) },
    schedule: { ...recipe.schedule, epochs, ...(isLast && { finalEpochs }) },
    log: { ...recipe.log, saliency: false },
    seed,
  });
}

/** A path for a draw: its number in place of {draw}. */
export function drawnPath(path: string, draw: number): string {
  return path.replaceAll(DRAW, String(draw));
}

/**
 * The data of a draw: other folders, where their paths hold {draw}; else other training images of the same folder, as
 * many of each class as data.limit says.
 *
 * @throws InvalidInput where a draw would be the same as any other
 */
function drawnData(data: Recipe['data'], draw: number): Recipe['data'] {
  const { train, val, trainBoxes, valBoxes } = data;
  const isPath = (value: unknown): value is string => typeof value === 'string';
  if ([train, val, trainBoxes, valBoxes].some((path) => isPath(path) && path.includes(DRAW))) {
    const drawn = <T>(path: T): T => (isPath(path) ? (drawnPath(path, draw) as T) : path);
    return { ...data, train: drawn(train), val: drawn(val), trainBoxes: drawn(trainBoxes), valBoxes: drawn(valBoxes) }; // prettier-ignore
  }
  if (data.limit === null) {
    const fix = `or put ${DRAW} into data.train and data.val, where each draw has folders of its own`;
    throw invalid('--draws', 'data.limit, the images of each class that a draw takes', null, fix);
  }
  return { ...data, limitSeed: draw };
}
