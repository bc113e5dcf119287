import type { Recipe } from '../../train/recipe/index.js';
import { readResult, readStart } from '../plan/comparison-folder.js';
import { drawOf, firstSeeds, plannedRuns, type PlannedRun } from '../plan/plan.js';
import type { ComparisonPlan, RunResult } from '../types.js';

/** A run, with its result where it has one. */
export type Work = PlannedRun & { result: RunResult | undefined };

/** What a comparison has done, and what is left. */
export interface WorkLeft {
  /** All runs, in their order; while the control is to be found by equal cost, those of the first seed alone. */
  runs: Work[];
  /** Arms without any result. */
  untried: string[];
  /** Whether nothing is left of these runs. */
  isWhole: boolean;
}

export async function workLeft(folder: string, plan: ComparisonPlan<Recipe>): Promise<WorkLeft> {
  const seeds = firstSeeds(plan);
  const runs = await Promise.all(
    plannedRuns(folder, { ...plan, seeds }).map(async (run) => ({
      ...run,
      result: await readResult(run.folder),
    })),
  );
  const start = await readStart(folder, drawOf(plan, seeds[0]!));
  return {
    runs,
    untried: plan.arms.filter((arm) => !runs.some((run) => run.arm === arm && run.result)),
    isWhole: runs.every(({ result }) => result) && start !== undefined,
  };
}
