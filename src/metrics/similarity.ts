import { unitRange } from '../report/index.js';
import { hogSimilarity } from './hog.js';
import { aboveMean, maskIoU } from './mask-iou.js';
import { spearman } from './spearman.js';
import { ssim } from './ssim.js';

/** How alike two maps are; null where that is not defined (a constant map). */
export interface MapSimilarity {
  /** Rank correlation of the values, in [−1, 1]. */
  spearman: number | null;
  /** Rank correlation of the absolute values, in [−1, 1]. */
  spearmanAbsolute: number | null;
  /** Mean structural similarity, Gaussian window, in [−1, 1]. */
  ssim: number;
  /** The same with a uniform window of 7 × 7 pixels. */
  ssimUniform: number;
  /** Rank correlation of the HOG features, in [−1, 1]. */
  hog: number | null;
  /** Intersection over union of the masks above each map's own mean, in [0, 1]. */
  maskIoU: number | null;
}

/**
 * Compares two maps of one image in the ways of Adebayo et al.
 *
 * Ranks are compared with and without signs, structure and masks after taking absolute values and min-max to [0, 1].
 *
 * @param one [height, width] in row-major order, any finite values, signed where the method is
 * @param other same size
 * @param width 24 pixels or more, as is the height
 * @see Adebayo et al. (2018), "Sanity Checks for Saliency Maps"
 */
export function mapSimilarity(one: Float32Array, other: Float32Array, width: number): MapSimilarity {
  const [sizeOne, sizeOther] = [one.map(Math.abs), other.map(Math.abs)];
  const [a, b] = [unitRange(sizeOne), unitRange(sizeOther)];
  return {
    spearman: spearman(one, other),
    spearmanAbsolute: spearman(sizeOne, sizeOther),
    ssim: ssim(a, b, width, 'gaussian'),
    ssimUniform: ssim(a, b, width, 'uniform'),
    hog: hogSimilarity(a, b, width),
    maskIoU: maskIoU(aboveMean(a), aboveMean(b)),
  };
}
