/**
 * Gaussian blur in float64 for segmentation, where rounding decides which regions join: taps up to four standard
 * deviations, edges mirrored with the edge pixel repeated, rows first, sums in the order of scipy's gaussian_filter.
 *
 * @param image [height, width, channels] in row-major order
 * @param sigma standard deviation in pixels, above 0
 * @returns same shape
 */
export function gaussianFilter(
  image: Float64Array,
  [height, width, channels]: [number, number, number],
  sigma: number,
): Float64Array {
  const radius = Math.floor(4 * sigma + 0.5);
  const raw = Array.from({ length: 2 * radius + 1 }, (_, tap) =>
    Math.exp((-0.5 / (sigma * sigma)) * (tap - radius) ** 2),
  );
  const sum = raw.reduce((total, tap) => total + tap, 0);
  const half = Float64Array.from({ length: radius + 1 }, (_, distance) => raw[radius + distance]! / sum);
  const rows = along(image, height, width * channels, 1, half);
  return along(rows, width, channels, height, half);
}

/** Filters `outer` blocks of `length` steps, each step `stride` values. */
function along(
  values: Float64Array,
  length: number,
  stride: number,
  outer: number,
  half: Float64Array,
): Float64Array {
  const result = new Float64Array(values.length);
  const radius = half.length - 1;
  for (let block = 0; block < outer; block++) {
    const start = block * length * stride;
    for (let step = 0; step < length; step++) {
      for (let inner = 0; inner < stride; inner++) {
        const at = (position: number) => values[start + mirror(position, length) * stride + inner]!;
        let total = at(step) * half[0]!;
        for (let distance = radius; distance > 0; distance--) {
          total += (at(step - distance) + at(step + distance)) * half[distance]!;
        }
        result[start + step * stride + inner] = total;
      }
    }
  }
  return result;
}

/** …b a | a b c | c b…: the edge pixel stands twice. */
function mirror(position: number, length: number): number {
  const period = 2 * length;
  const folded = ((position % period) + period) % period;
  return folded < length ? folded : period - 1 - folded;
}
