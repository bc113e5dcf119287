import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../errors.js';
import type { Recipe } from '../train/recipe/index.js';
import { armNamed, PLAIN } from './choose-arms.js';
import { readPlan, readResult, readStart } from './comparison-folder.js';
import type { RunResult, Start } from './types.js';
import { meanOf } from './paired.js';
import { plannedRuns } from './plan.js';
import { summarize, type ArmSummary } from './summary.js';

/** Everything that a comparison says so far. */
export interface ComparisonReport {
  recipe: Recipe;
  protocol: Record<string, unknown>;
  start: Start;
  /** Runs done, and planned. */
  done: number;
  planned: number;
  results: RunResult[];
  arms: Record<string, ArmSummary & { summary: string; stagePicture: string | null }>;
}

/**
 * Reads what a comparison's folder holds.
 *
 * @throws Failure where nothing has been measured yet, or a file is damaged
 */
export async function comparisonReport(folder: string): Promise<ComparisonReport> {
  const plan = await readPlan(folder);
  const start = await readStart(folder);
  const runs = plannedRuns(folder, plan);
  const found = await Promise.all(runs.map((run) => readResult(run.folder)));
  const results = found.filter((result) => result !== undefined);
  if (!start || results.length === 0) throw new Failure(`${folder}: no run of this comparison is done yet`);
  const summaries = summarize(results);
  // In the order that was asked for.
  const arms = plan.arms.flatMap((arm) => {
    const summary = summaries[arm];
    if (!summary) return [];
    const pictures = runs.filter((run) => run.arm === arm).map((run) => join(run.folder, 'stage.png'));
    const stagePicture = pictures.find((picture) => existsSync(picture)) ?? null;
    return [[arm, { ...summary, summary: armNamed(arm).summary, stagePicture }] as const];
  });
  return {
    recipe: plan.recipe,
    protocol: protocolOf(plan, start, results),
    start,
    done: results.length,
    planned: runs.length,
    results,
    arms: Object.fromEntries(arms),
  };
}

/** How the comparison was made: everything that changes its figures. */
function protocolOf(
  { recipe, arms, seeds }: { recipe: Recipe; arms: string[]; seeds: number[] },
  { notes, layer, device, images, classNames, objects, measured }: Start,
  results: readonly RunResult[],
): Record<string, unknown> {
  const { data, model, schedule, precision, stage } = recipe;
  const objectArea = meanOf(measured.columns.objectArea);
  return {
    question: `does an arm classify better than ${PLAIN} fine-tuning with the same seed?`,
    arms,
    seeds,
    data: { train: data.train, val: data.val, images, classes: classNames.length },
    size: data.size,
    batchSize: data.batchSize,
    augment: data.augment,
    epochs: schedule.epochs,
    steps: [...new Set(results.map(({ steps }) => steps))],
    weights: model.weights ?? 'none (He et al. 2015)',
    network: notes,
    targetLayer: layer,
    stage: { probability: stage.probability, start: stage.start, blur: stage.blur },
    precision,
    device,
    objects:
      objects === 'boxes'
        ? `annotated boxes (${data.valBoxes})`
        : 'LaFAM of the starting network, above its mean',
    imagesWithObject: measured.columns.objectArea.filter((area) => area !== null).length,
    meanObjectArea: objectArea,
    swap: 'background of an image of another class, drawn once, the same in every arm; its object filled with its blurred background',
    interval:
      '95 % bootstrap percentiles, 2000 resamples of seeds and of images (the same images for every seed drawn)',
    equalTime:
      "linear between epochs, at plain's total training time with the same seed; the schedule is not shortened",
    beforeTraining: Object.fromEntries(
      Object.entries(measured.columns).map(([name, column]) => [name, meanOf(column)] as const),
    ),
  };
}
