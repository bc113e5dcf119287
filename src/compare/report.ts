import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../errors.js';
import type { Recipe } from '../train/recipe/index.js';
import { armNamed, PLAIN } from './plan/choose-arms.js';
import { readPlan, readResult, readStart } from './plan/comparison-folder.js';
import type { ComparisonPlan, RunResult, Start } from './types.js';
import { meanOf } from './statistics/paired.js';
import { plannedRuns } from './plan/plan.js';
import { summarize, type ArmSummary } from './statistics/summary.js';
import { atCommonEpochs } from './plan/validated-epochs.js';

/** Everything that a comparison says so far. */
export interface ComparisonReport {
  recipe: Recipe;
  protocol: Record<string, unknown>;
  start: Start;
  /** Runs done, and planned. */
  done: number;
  planned: number;
  results: RunResult[];
  /** The arm that the others are compared with. */
  control: string;
  /** What was drawn anew from run to run: seeds, or data and seeds. */
  unit: 'seed' | 'draw';
  /** Names of the further validation images. */
  also: string[];
  arms: Record<string, ArmSummary & { summary: string; stagePicture: string | null }>;
}

/**
 * Reads what a comparison's folder holds.
 *
 * @throws Failure where nothing has been measured yet, or a file is damaged
 */
export async function comparisonReport(folder: string): Promise<ComparisonReport> {
  const plan = await readPlan(folder);
  const start = await readStart(folder, plan.draws ? plan.seeds[0] : undefined);
  const control = plan.control ?? PLAIN;
  const runs = plannedRuns(folder, plan);
  const found = await Promise.all(runs.map((run) => readResult(run.folder)));
  const results = found.flatMap((result) => (result ? [atCommonEpochs(result, plan.recipe)] : []));
  if (!start || results.length === 0) throw new Failure(`${folder}: no run of this comparison is done yet`);
  const summaries = summarize(results, { control, draws: plan.draws });
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
    control,
    unit: plan.draws ? 'draw' : 'seed',
    also: Object.keys(plan.also),
    arms: Object.fromEntries(arms),
  };
}

/** How the comparison was made: everything that changes its figures. */
function protocolOf(
  { recipe, arms, seeds, control, draws, also, equalCost }: ComparisonPlan<Recipe>,
  { notes, layer, device, images, classNames, objects, measured }: Start,
  results: readonly RunResult[],
): Record<string, unknown> {
  const { data, model, schedule, precision, stage } = recipe;
  const beside = Math.max(...results.map(({ processes = 1 }) => processes));
  const objectArea = meanOf(measured.columns.objectArea);
  return {
    question: `does an arm classify better than ${control ?? PLAIN} with the same ${draws ? 'draw and seed' : 'seed'}?`,
    arms,
    control: equalCost
      ? `${control ?? 'not found yet'}: plain with as many epochs as the dearest arm's time pays for, by the first seed's runs`
      : control,
    seeds,
    draws: draws ? 'each seed is another draw of the data; the draw is the unit' : 'none: one data set',
    ...(Object.keys(also).length > 0 && { also }),
    data: { train: data.train, val: data.val, images, classes: classNames.length },
    size: data.size,
    batchSize: data.batchSize,
    augment: data.augment,
    epochs: schedule.epochs,
    ...(schedule.validateEvery > 1 && {
      validations: `before training, after every ${schedule.validateEvery} epochs and after the last epoch: the best top-1 is that of these, and at equal time nothing is known between two that are several epochs apart`,
    }),
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
    interval: draws
      ? '95 % bootstrap percentiles, 2000 resamples of draws, and of images within each'
      : '95 % bootstrap percentiles, 2000 resamples of seeds and of images (the same images for every seed drawn)',
    student: `95 % over ${draws ? 'draws' : 'seeds'}; p values two-sided, corrected over arms by Holm (1979)`,
    ...(beside > 1 && {
      times: `up to ${beside} runs at once on one machine: longer, and less certain, than those of a run alone`,
    }),
    equalTime:
      "linear between epochs, at the control's total training time with the same seed; the schedule is not shortened",
    beforeTraining: Object.fromEntries(
      Object.entries(measured.columns).map(([name, column]) => [name, meanOf(column)] as const),
    ),
  };
}
