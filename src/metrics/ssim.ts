import { invalid, phrase } from '../errors.js';
import { finite, sameLength } from './finite.js';

/** The window over which means and covariances are taken. */
export type SsimWindow = 'uniform' | 'gaussian';

/** Taps of the window in one direction, and what makes a population covariance a sample's. */
const windows: Record<SsimWindow, { taps: Float64Array; correction: number }> = {
  /** 7 × 7 pixels alike, sample covariance. */
  uniform: { taps: new Float64Array(7).fill(1 / 7), correction: 49 / 48 },
  /** Sigma 1.5, radius 5, population covariance. */
  gaussian: { taps: gaussianTaps(1.5, 5), correction: 1 },
};

/**
 * The mean structural similarity of two maps, over all windows that lie inside (K1 = 0.01, K2 = 0.03, data range 1).
 *
 * @param one [height, width] in row-major order, in [0, 1]
 * @param other same size
 * @returns in [−1, 1]
 * @throws InvalidInput where sizes differ, a map is smaller than a window (7 or 11 pixels), or a value is not finite
 * @see Wang et al. (2004), "Image quality assessment: from error visibility to structural similarity"
 */
export function ssim(
  one: Float32Array,
  other: Float32Array,
  width: number,
  window: SsimWindow = 'gaussian',
): number {
  finite('map', one);
  finite('map', other);
  sameLength('maps', one, other);
  const { taps, correction } = windows[window];
  const height = one.length / width;
  if (!(Number.isInteger(height) && Math.min(width, height) >= taps.length)) {
    throw invalid('map', `sides of ${taps.length} pixels or more`, phrase(`${width} × ${height}`));
  }
  const smooth = (value: (index: number) => number) =>
    filter(
      Float64Array.from(one, (_, index) => value(index)),
      width,
      taps,
    );
  const meanOne = smooth((index) => one[index]!);
  const meanOther = smooth((index) => other[index]!);
  const squareOne = smooth((index) => one[index]! ** 2);
  const squareOther = smooth((index) => other[index]! ** 2);
  const product = smooth((index) => one[index]! * other[index]!);
  const [c1, c2] = [0.01 ** 2, 0.03 ** 2];
  let sum = 0;
  meanOne.forEach((a, index) => {
    const b = meanOther[index]!;
    const varianceOne = correction * (squareOne[index]! - a * a);
    const varianceOther = correction * (squareOther[index]! - b * b);
    const covariance = correction * (product[index]! - a * b);
    sum +=
      ((2 * a * b + c1) * (2 * covariance + c2)) /
      ((a * a + b * b + c1) * (varianceOne + varianceOther + c2));
  });
  return sum / meanOne.length;
}

/** Weighted sums over all windows inside: [height − taps + 1, width − taps + 1]. */
function filter(values: Float64Array, width: number, taps: Float64Array): Float64Array {
  const height = values.length / width;
  const narrow = width - taps.length + 1;
  const rows = new Float64Array(height * narrow);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < narrow; x++) {
      let sum = 0;
      for (let tap = 0; tap < taps.length; tap++) sum += taps[tap]! * values[y * width + x + tap]!;
      rows[y * narrow + x] = sum;
    }
  }
  const result = new Float64Array((height - taps.length + 1) * narrow);
  for (let at = 0; at < result.length; at++) {
    let sum = 0;
    for (let tap = 0; tap < taps.length; tap++) sum += taps[tap]! * rows[at + tap * narrow]!;
    result[at] = sum;
  }
  return result;
}

function gaussianTaps(sigma: number, radius: number): Float64Array {
  const taps = Float64Array.from({ length: 2 * radius + 1 }, (_, index) =>
    Math.exp(-0.5 * ((index - radius) / sigma) ** 2),
  );
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}
