import { makeFolder } from '../../files/folders.js';
import { lockFolder } from '../../files/lock.js';
import type { Recipe } from '../../train/recipe/index.js';
import { PLAIN } from '../plan/choose-arms.js';
import { readResult, readStart, writePlan } from '../plan/comparison-folder.js';
import { equalCostControl } from '../plan/equal-cost.js';
import type { ComparisonPlan } from '../types.js';
import { drawOf, plannedRuns } from '../plan/plan.js';
import type { CompareOptions } from './prepare.js';
import { openRunner } from './runner.js';
import { trainingTimeLeft } from './time-left.js';
import { workLeft } from './work-left.js';

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
export async function withEqualCost(
  plan: ComparisonPlan<Recipe>,
  { folder, log }: Pick<CompareOptions, 'folder' | 'log'>,
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
  const { runs, untried, isWhole } = await workLeft(folder, plan);
  if (isWhole) return true;
  const runner = openRunner(plan, options);
  for (const [index, run] of runs.entries()) {
    // The first draw is looked at in any case: its start.json heads the report.
    if (run.result && !(index === 0 && !(await readStart(folder, drawOf(plan, run.seed))))) continue;
    if (!(await runner.look(run.seed, untried))) return false;
    if (run.result) continue;
    const left = trainingTimeLeft(runs);
    const about = left === null ? '' : `, about ${Math.ceil(left / 60)} min of training left`;
    log(
      `run ${index + 1} of ${runs.length}: ${run.arm}, ${plan.draws ? 'draw' : 'seed'} ${run.seed}${about}`,
    );
    run.result = await runner.run(run);
    if (!run.result) return false;
    await onResult?.();
  }
  return true;
}
