import { invalid } from '../errors.js';
import { aboveMean, maskIoU, mean, meanAbsoluteDifference, pearson, spearman } from '../metrics/index.js';
import { unitRange } from '../report/index.js';

/** How one map differs from another of the same image; null where that is not defined (a constant map). */
export interface MapChange {
  /** Intersection over union of the binary masks (map > its mean), in [0, 1]; null where both maps are constant. */
  iou: number | null;
  /** Correlation of the values, in [−1, 1]; null where a map is constant. */
  pearson: number | null;
  /** Correlation of the ranks, in [−1, 1]; null where a map is constant. */
  spearman: number | null;
  /** Mean absolute difference of the maps after min-max, in [0, 1]. */
  meanAbsoluteDifference: number;
}

/** The mean change of several maps. Each measure is the mean over the maps where it is defined, null where none is. */
export interface MeanChange extends MapChange {
  /** Maps without a correlation, because one of the two is constant. */
  constant: number;
}

/**
 * How a map changed.
 *
 * @param before raw map, any finite values, any shape in row-major order
 * @param after raw map of the same length
 * @throws InvalidInput when lengths differ, a map is empty or holds a value that is not finite
 */
export function mapChange(before: Float32Array, after: Float32Array): MapChange {
  return {
    pearson: pearson(before, after),
    spearman: spearman(before, after),
    iou: maskIoU(aboveMean(before), aboveMean(after)),
    meanAbsoluteDifference: meanAbsoluteDifference(unitRange(before), unitRange(after)),
  };
}

/** The mean of what is defined; null where nothing is. */
export function meanOfDefined(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return defined.length === 0 ? null : mean(defined);
}

/** The mean of several changes, each measure by itself. */
export function meanChange(changes: readonly MapChange[]): MeanChange {
  if (changes.length === 0) throw invalid('changes', 'at least one', changes);
  return {
    iou: meanOfDefined(changes.map(({ iou }) => iou)),
    pearson: meanOfDefined(changes.map(({ pearson }) => pearson)),
    spearman: meanOfDefined(changes.map(({ spearman }) => spearman)),
    meanAbsoluteDifference: meanOfDefined(changes.map((change) => change.meanAbsoluteDifference))!,
    constant: changes.filter(({ pearson }) => pearson === null).length,
  };
}
