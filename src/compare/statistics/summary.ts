import { Failure } from '../../errors.js';
import { holm, type BootstrapOptions } from '../../metrics/index.js';
import { PLAIN } from '../plan/choose-arms.js';
import type { RunResult } from '../types.js';
import { figuresOf, type Figure, type FigureName } from './figures.js';
import {
  crossedBootstrap,
  differences,
  standardDeviation,
  studentInterval,
  type Interval,
  type StudentInterval,
} from './paired.js';

/** An arm less the control, seed by seed; the ends are the bootstrap's. */
export interface Difference extends Interval {
  bySeed: (number | null)[];
  /** Over the seeds alone; null of fewer than two. */
  student: StudentInterval | null;
  /** Student's p value, corrected over all arms that are compared with the control. */
  holm: number | null;
}

export interface SummaryOptions extends BootstrapOptions {
  /** The arm that the others are compared with; default: plain. */
  control?: string;
  /** Whether each seed is a draw with images of its own. */
  draws?: boolean;
}

/** One figure of one arm. */
export interface FigureSummary {
  /** Over the seeds; null where no seed defines it. */
  mean: number | null;
  /** Standard deviation over the seeds; null with fewer than two. */
  sd: number | null;
  bySeed: (number | null)[];
  /** Null for the control, and where no seed has both arms. */
  difference: Difference | null;
}

export interface ArmSummary {
  /** Of the runs that are done, ascending; `bySeed` has the same order. */
  seeds: number[];
  /** By the names of figuresOf. */
  figures: Record<FigureName, FigureSummary> & Partial<Record<string, FigureSummary>>;
}

/**
 * What the results say of each arm: means and standard deviations over the seeds, and paired differences to the
 * control with the same seed, with 95 % intervals: the bootstrap's over seeds and images (over seeds alone for what is
 * one number a run), and Student's over seeds.
 *
 * @param results in any order; arms with no result are left out
 * @throws Failure where two runs were measured on other images
 */
export function summarize(
  results: readonly RunResult[],
  options: SummaryOptions = {},
): Record<string, ArmSummary> {
  const { control: controlName = PLAIN, draws = false } = options;
  const arms = [...new Set(results.map(({ arm }) => arm))];
  const files = results[0]?.measured.files.join('\n');
  const other = draws ? undefined : results.find(({ measured }) => measured.files.join('\n') !== files);
  if (other) {
    const run = `${other.arm}, seed ${other.seed}`;
    throw new Failure(
      `${run}: measured on other images than the first run; remove its result.json to measure it anew`,
    );
  }
  const of = (arm: string): RunResult[] =>
    results.filter((result) => result.arm === arm).sort((a, b) => a.seed - b.seed);
  const control = new Map(of(controlName).map((result) => [result.seed, result]));
  const summarized = (figure: Figure): Record<string, FigureSummary> => {
    const summaries = arms.map((arm) => summaryOf(figure, of(arm), arm === controlName, control, options));
    const corrected = holm(summaries.map(({ difference }) => difference?.student?.p ?? null));
    return Object.fromEntries(
      summaries.map((summary, index) => {
        const difference = summary.difference && { ...summary.difference, holm: corrected[index]! };
        return [arms[index]!, { ...summary, difference }];
      }),
    );
  };
  const all = Object.entries(figuresOf(results)).map(([name, figure]) => [name, summarized(figure)] as const);
  return Object.fromEntries(
    arms.map((arm) => [
      arm,
      {
        seeds: of(arm).map(({ seed }) => seed),
        figures: Object.fromEntries(all.map(([name, byArm]) => [name, byArm[arm]!])) as ArmSummary['figures'],
      },
    ]),
  );
}

function summaryOf(
  figure: Figure,
  runs: readonly RunResult[],
  isControl: boolean,
  control: ReadonlyMap<number, RunResult>,
  options: SummaryOptions,
): FigureSummary {
  const bySeed = runs.map((run) => figure.of(run, control.get(run.seed)));
  const known = bySeed.filter((value) => value !== null);
  return {
    mean: known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : null,
    sd: standardDeviation(known),
    bySeed,
    difference: isControl ? null : differenceOf(figure, runs, control, options),
  };
}

function differenceOf(
  { images, of }: Figure,
  runs: readonly RunResult[],
  control: ReadonlyMap<number, RunResult>,
  { draws = false, ...options }: SummaryOptions,
): Difference | null {
  const bySeed = runs.map((run) => {
    const other = control.get(run.seed);
    return other ? (differences([of(run, other)], [of(other, other)])[0] ?? null) : null;
  });
  const rows = runs.flatMap((run, index) => {
    const other = control.get(run.seed);
    if (!other) return [];
    return [images ? differences(images(run), images(other)) : [bySeed[index] ?? null]];
  });
  const interval = crossedBootstrap(rows, { ...options, nested: draws });
  return interval && { ...interval, bySeed, student: studentInterval(bySeed), holm: null };
}
