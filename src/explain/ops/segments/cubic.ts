import { gaussianFilter } from './gaussian.js';

// The image stands in a margin of zeros this wide, as in scipy's 'grid-constant'; a spline forgets within it.
const margin = 12;

/**
 * Cubic spline resizing in float64: half-pixel centers, zeros outside of the image, values kept in their range; an image
 * that becomes smaller is blurred first. What scikit-image's `resize(order=3, mode='constant')` does.
 *
 * @param image [height, width, channels] in row-major order
 * @param size [height, width] of the result
 * @returns [height, width, channels]
 */
export function resizeCubic(
  image: Float64Array,
  [height, width, channels]: [number, number, number],
  size: [number, number],
): Float64Array {
  let [low, high] = [Infinity, -Infinity];
  for (const value of image) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const factor = Math.max(height / size[0], width / size[1]);
  const smooth = factor > 1 ? gaussianFilter(image, [height, width, channels], (factor - 1) / 2) : image;
  const tall = along(smooth, { length: height, stride: width * channels, outer: 1 }, size[0]);
  const whole = along(tall, { length: width, stride: channels, outer: size[0] }, size[1]);
  return whole.map((value) => Math.min(high, Math.max(low, value)));
}

/** Resizes every line of `length` steps, each `stride` values, in `outer` blocks. */
function along(
  values: Float64Array,
  { length, stride, outer }: { length: number; stride: number; outer: number },
  to: number,
): Float64Array {
  const result = new Float64Array(outer * to * stride);
  const line = new Float64Array(length + 2 * margin);
  for (let block = 0; block < outer; block++) {
    for (let inner = 0; inner < stride; inner++) {
      line.fill(0);
      for (let step = 0; step < length; step++)
        line[margin + step] = values[(block * length + step) * stride + inner]!;
      const spline = coefficients(line);
      for (let step = 0; step < to; step++) {
        const place = ((step + 0.5) * length) / to - 0.5 + margin;
        result[(block * to + step) * stride + inner] = valueAt(spline, place);
      }
    }
  }
  return result;
}

/**
 * Coefficients of the cubic B-spline through the values, the line mirrored at its end values: the tridiagonal system
 * c[i−1] + 4 c[i] + c[i+1] = 6 v[i].
 */
function coefficients(values: Float64Array): Float64Array {
  const last = values.length - 1;
  const upper = new Float64Array(values.length);
  const found = new Float64Array(values.length);
  for (let index = 0; index <= last; index++) {
    const before = index === 0 ? 0 : index === last ? 2 : 1;
    const after = index === 0 ? 2 : 1;
    const pivot = 4 - (index > 0 ? before * upper[index - 1]! : 0);
    upper[index] = after / pivot;
    found[index] = (6 * values[index]! - (index > 0 ? before * found[index - 1]! : 0)) / pivot;
  }
  for (let index = last - 1; index >= 0; index--) found[index]! -= upper[index]! * found[index + 1]!;
  return found;
}

function valueAt(spline: Float64Array, place: number): number {
  const first = Math.floor(place);
  const t = place - first;
  const weights = [
    (1 - t) ** 3 / 6,
    (4 - 6 * t ** 2 + 3 * t ** 3) / 6,
    (1 + 3 * t + 3 * t ** 2 - 3 * t ** 3) / 6,
    t ** 3 / 6,
  ];
  return weights.reduce((sum, weight, index) => sum + weight * (spline[first - 1 + index] ?? 0), 0);
}
