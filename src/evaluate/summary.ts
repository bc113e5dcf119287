import type { Figures, Report } from './types.js';
import type { ImageResult } from './image-results.js';
import { bootstrap, mean } from '../metrics/index.js';

/** A figure of one method from its results on some images; NaN where it is not defined. */
export type Statistic<Values> = (results: readonly Values[]) => number;

/**
 * The figures of each method with their intervals, and, where a method is named to compare with, the differences to its
 * figures: on the same images, which are drawn together for the interval.
 *
 * @param results one an image; every one holds the same methods
 * @param statistics the figures by name
 * @param options `seed` of the intervals; `reference`: name of the method whose figures are subtracted
 */
export function summarize<Values, Name extends string>(
  results: readonly ImageResult<Values>[],
  statistics: Readonly<Record<Name, Statistic<Values>>>,
  { seed = 0, reference }: { seed?: number; reference?: string },
): Pick<Report<Record<Name, Figures[string]>>, 'images' | 'methods' | 'differences'> {
  const methods = Object.keys(results[0]?.methods ?? {});
  const figures = (
    names: readonly string[],
    statistic: (of: Statistic<Values>, method: string) => Drawn<Values>,
  ) =>
    Object.fromEntries(
      names.map((method) => {
        const estimates = Object.entries<Statistic<Values>>(statistics).map(([name, of]) => [
          name,
          bootstrap(results, statistic(of, method), { seed }),
        ]);
        return [method, Object.fromEntries(estimates) as Record<Name, Figures[string]>];
      }),
    );
  const of = (drawn: readonly ImageResult<Values>[], method: string) =>
    drawn.map((result) => result.methods[method]!);
  const found = figures(methods, (statistic, method) => (drawn) => statistic(of(drawn, method)));
  if (reference === undefined) return { images: results.length, methods: found };
  const others = methods.filter((method) => method !== reference);
  const differences = figures(
    others,
    (statistic, method) => (drawn) => statistic(of(drawn, method)) - statistic(of(drawn, reference)),
  );
  return { images: results.length, methods: found, differences: { reference, methods: differences } };
}

type Drawn<Values> = (drawn: readonly ImageResult<Values>[]) => number;

/** The mean of a figure over the images where it is defined (not null). */
export function meanOf<Name extends string>(figure: Name): Statistic<Record<Name, number | null>> {
  return (results) => mean(results.map((result) => result[figure]).filter((value) => value !== null));
}
