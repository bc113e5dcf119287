export { armNamed, chooseArms, PLAIN } from './plan/choose-arms.js';
export { compare, withEqualCost } from './run/compare.js';
export { compareAsked, compareTogether, type TogetherOptions } from './run/together.js';
export { holdsComparison, openComparison, readPlan, writeResult } from './plan/comparison-folder.js';
export type { ComparisonPlan, CurvePoint, Measured, RunResult, Start } from './types.js';
export { resultsCsv } from './csv.js';
export {
  alsoFigure,
  figures,
  figuresOf,
  shiftFigure,
  type Figure,
  type FigureName,
} from './statistics/figures.js';
export { seedsForWidth, type Needed } from './statistics/power.js';
export { planAsked, usualArms, type PlanRequest } from './plan/plan-asked.js';
export { armRecipe, planDefaults, plannedRuns, seedsFrom, type PlannedRun } from './plan/plan.js';
export type { CompareOptions } from './run/prepare.js';
export { comparisonReport, type ComparisonReport } from './report.js';
export { summarize, type ArmSummary, type Difference, type FigureSummary } from './statistics/summary.js';
