import { aboveMean, centerOfMass, maskIoU, ssim } from '../../metrics/index.js';
import { resizeBilinear, unitRange, type HostMap } from '../../report/index.js';
import { rankDistance } from './rank-change.js';

/** How far two maps of an image are apart: 0 for the same map. */
export interface MapDistance {
  /** 1 − the correlation of ranks. */
  spearman: number;
  /** 1 − the overlap of the masks above the mean. */
  iou: number;
  /** 1 − SSIM of the maps after min-max. */
  ssim: number;
  /** How far the center of mass moved, as a share of the side. */
  shift: number;
}

export const measures = [
  'spearman',
  'iou',
  'ssim',
  'shift',
] as const satisfies readonly (keyof MapDistance)[];

/** SSIM's window is 11 pixels wide. */
const LEAST_SIDE = 11;

/**
 * How far two maps are apart; null where one of them is constant (a map of zeros), for then it says nothing.
 *
 * @throws InvalidInput for maps of different sizes, or values that are not finite
 */
export function mapDistance(a: HostMap, b: HostMap): MapDistance | null {
  const rank = rankDistance(a, b);
  if (rank === null) return null;
  const [one, other] = [unit(a), unit(b)];
  const [from, to] = [centerOfMass(one.values, one.width)!, centerOfMass(other.values, other.width)!];
  return {
    spearman: rank,
    iou: 1 - maskIoU(aboveMean(a.values), aboveMean(b.values))!,
    ssim: 1 - ssim(one.values, other.values, one.width),
    shift: Math.hypot(to.x - from.x, to.y - from.y),
  };
}

function unit({ values, width, height }: HostMap): HostMap {
  const map = { values: unitRange(values), width, height };
  const factor = Math.ceil(LEAST_SIDE / Math.min(width, height));
  return factor > 1 ? resizeBilinear(map, width * factor, height * factor) : map;
}
