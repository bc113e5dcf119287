import { Failure } from '../errors.js';
import type { BootstrapOptions } from '../metrics/index.js';
import { PLAIN } from './choose-arms.js';
import type { RunResult } from './types.js';
import { figures, type Figure, type FigureName } from './figures.js';
import { crossedBootstrap, differences, standardDeviation, type Interval } from './paired.js';

/** An arm less plain, seed by seed. */
export interface Difference extends Interval {
  bySeed: (number | null)[];
}

/** One figure of one arm. */
export interface FigureSummary {
  /** Over the seeds; null where no seed defines it. */
  mean: number | null;
  /** Standard deviation over the seeds; null with fewer than two. */
  sd: number | null;
  bySeed: (number | null)[];
  /** Null for plain, and where no seed has both arms. */
  difference: Difference | null;
}

export interface ArmSummary {
  /** Of the runs that are done, ascending; `bySeed` has the same order. */
  seeds: number[];
  figures: Record<FigureName, FigureSummary>;
}

/**
 * What the results say of each arm: means and standard deviations over the seeds, and paired differences to plain with
 * the same seed, with a 95 % interval over seeds and images (over seeds alone for what is one number a run).
 *
 * @param results in any order; arms with no result are left out
 * @throws Failure where two runs were measured on other images
 */
export function summarize(
  results: readonly RunResult[],
  options: BootstrapOptions = {},
): Record<string, ArmSummary> {
  const arms = [...new Set(results.map(({ arm }) => arm))];
  const files = results[0]?.measured.files.join('\n');
  const other = results.find(({ measured }) => measured.files.join('\n') !== files);
  if (other) {
    const run = `${other.arm}, seed ${other.seed}`;
    throw new Failure(
      `${run}: measured on other images than the first run; remove its result.json to measure it anew`,
    );
  }
  const of = (arm: string): RunResult[] =>
    results.filter((result) => result.arm === arm).sort((a, b) => a.seed - b.seed);
  const plain = new Map(of(PLAIN).map((result) => [result.seed, result]));
  return Object.fromEntries(
    arms.map((arm) => {
      const runs = of(arm);
      const summaries = Object.entries(figures).map(([name, figure]) => [
        name,
        summaryOf(figure, runs, arm === PLAIN ? null : plain, plain, options),
      ]);
      return [
        arm,
        {
          seeds: runs.map(({ seed }) => seed),
          figures: Object.fromEntries(summaries) as ArmSummary['figures'],
        },
      ];
    }),
  );
}

function summaryOf(
  figure: Figure,
  runs: readonly RunResult[],
  control: ReadonlyMap<number, RunResult> | null,
  plain: ReadonlyMap<number, RunResult>,
  options: BootstrapOptions,
): FigureSummary {
  const bySeed = runs.map((run) => figure.of(run, plain.get(run.seed)));
  const known = bySeed.filter((value) => value !== null);
  return {
    mean: known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : null,
    sd: standardDeviation(known),
    bySeed,
    difference: control && differenceOf(figure, runs, control, options),
  };
}

function differenceOf(
  { images, of }: Figure,
  runs: readonly RunResult[],
  control: ReadonlyMap<number, RunResult>,
  options: BootstrapOptions,
): Difference | null {
  const against = (run: RunResult): RunResult | undefined => control.get(run.seed);
  const bySeed = runs.map((run) => {
    const plain = against(run);
    return plain ? (differences([of(run, plain)], [of(plain, plain)])[0] ?? null) : null;
  });
  const rows = runs.flatMap((run, index) => {
    const plain = against(run);
    if (!plain) return [];
    return [images ? differences(images(run.measured), images(plain.measured)) : [bySeed[index] ?? null]];
  });
  const interval = crossedBootstrap(rows, options);
  return interval && { ...interval, bySeed };
}
