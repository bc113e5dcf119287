import type { Figures } from './contract.js';
import type { ImageResult } from './image-results.js';
import { meanEstimate } from './metrics/index.js';

/**
 * The mean over the images of each figure, with its interval, for each method. Images where a figure is not defined
 * (null) are left out of its mean.
 *
 * @param results one an image; every method has the same figures
 * @param figures names of the figures to summarise
 */
export function summarise<Name extends string>(
  results: readonly ImageResult<Record<Name, number | null> & object>[],
  figures: readonly Name[],
  seed: number,
): Record<string, Record<Name, Figures[string]>> {
  const methods = Object.keys(results[0]?.methods ?? {});
  return Object.fromEntries(
    methods.map((method) => {
      const estimate = (figure: Name) => {
        const values = results.map((result) => result.methods[method]![figure]);
        return meanEstimate(
          values.filter((value) => value !== null),
          { seed },
        );
      };
      return [method, Object.fromEntries(figures.map((figure) => [figure, estimate(figure)]))];
    }),
  ) as Record<string, Record<Name, Figures[string]>>;
}
