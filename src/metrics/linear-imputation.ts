import { resizeBilinear } from '../report/index.js';
import { invalid, phrase } from '../errors.js';
import { finite } from './finite.js';

/** Neighbors of a pixel and what each weighs: those beside it twice as much as those across a corner. */
const neighbors = [-1, 0, 1].flatMap((down) =>
  [-1, 0, 1]
    .filter((across) => across !== 0 || down !== 0)
    .map((across) => ({ down, across, weight: across === 0 || down === 0 ? 1 / 6 : 1 / 12 })),
);

const weights = Float64Array.from(neighbors, ({ weight }) => weight);

/**
 * Replaces pixels by what their neighbors say: each removed pixel becomes the weighted mean of its up to eight
 * neighbors, removed ones included, which is a sparse linear system for each channel. It is symmetric and positive
 * definite, and solved by conjugate gradients. (Rong et al. then add noise, so that the removal cannot be seen from
 * the smoothness alone: that is the caller's.)
 *
 * @param image [height, width, channels] in row-major order, finite
 * @param removed [height, width], 1 where a pixel is to be replaced; at least one must stay
 * @param tolerance largest residual of an equation, in units of the image
 * @returns a new image of the same layout
 * @throws InvalidInput where no pixel stays or sizes do not fit
 * @see Rong et al. (2022), "A Consistent and Efficient Evaluation Strategy for Attribution Methods" (ROAD)
 */
export function linearImputation(
  image: Float32Array,
  removed: Uint8Array,
  width: number,
  tolerance = 1e-4,
): Float32Array {
  finite('image', image);
  const channels = image.length / removed.length;
  if (!(Number.isInteger(channels) && Number.isInteger(removed.length / width))) {
    throw invalid('removed', 'one value for each pixel of the image', removed.length);
  }
  const system = equations(removed, width);
  if (system.pixels.length === removed.length)
    throw invalid('removed', 'at least one pixel that stays', phrase('none'));
  if (system.pixels.length === 0) return image.slice();
  const solution = solve(system, image, channels, coarseGuess(image, removed, width, tolerance), tolerance);
  const result = image.slice();
  system.pixels.forEach((pixel, row) => {
    for (let c = 0; c < channels; c++) result[pixel * channels + c] = solution[row * channels + c]!;
  });
  return result;
}

/**
 * Where to start: the same at half the size, whose own start is found so. Conjugate gradients carry what stays into
 * wide holes only step by step; this brings it there at once.
 *
 * @returns the layout of the image; what it says of pixels that stay does not count
 */
function coarseGuess(
  image: Float32Array,
  removed: Uint8Array,
  width: number,
  tolerance: number,
): Float32Array {
  const height = removed.length / width;
  const channels = image.length / removed.length;
  const [across, down] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const sums = new Float32Array(across * down * channels);
  const counts = new Float32Array(across * down);
  const blockOf = (pixel: number) => (Math.floor(pixel / width) >> 1) * across + ((pixel % width) >> 1);
  for (let pixel = 0; pixel < removed.length; pixel++) {
    if (removed[pixel]) continue;
    const block = blockOf(pixel);
    counts[block]!++;
    for (let c = 0; c < channels; c++) sums[block * channels + c]! += image[pixel * channels + c]!;
  }
  const small = sums.map((sum, index) => sum / Math.max(1, counts[Math.floor(index / channels)]!));
  const gone = Uint8Array.from(counts, (count) => (count === 0 ? 1 : 0));
  const solved = gone.includes(1) ? linearImputation(small, gone, across, tolerance) : small;
  const guess = new Float32Array(image.length);
  for (let c = 0; c < channels; c++) {
    const values = Float32Array.from({ length: counts.length }, (_, block) => solved[block * channels + c]!);
    const { values: finer } = resizeBilinear({ values, width: across, height: down }, width, height);
    finer.forEach((value, pixel) => (guess[pixel * channels + c] = value));
  }
  return guess;
}

/** One equation for each removed pixel: diagonal · x = Σ weight · neighbor. */
interface System {
  /** The removed pixels. */
  pixels: Int32Array;
  /** Sum of the weights of the neighbors inside the image. */
  diagonal: Float64Array;
  /** [rows, 8]: the neighbor's row where it is removed too, −1 − pixel where it stays, `outside` beyond the edge. */
  links: Int32Array;
}

const outside = -0x80000000;

function equations(removed: Uint8Array, width: number): System {
  const height = removed.length / width;
  const pixels = Int32Array.from(removed.keys()).filter((pixel) => removed[pixel]);
  const rowOf = new Int32Array(removed.length);
  pixels.forEach((pixel, row) => (rowOf[pixel] = row));
  const diagonal = new Float64Array(pixels.length);
  const links = new Int32Array(pixels.length * 8).fill(outside);
  pixels.forEach((pixel, row) => {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    neighbors.forEach(({ down, across, weight }, direction) => {
      if (x + across < 0 || x + across >= width || y + down < 0 || y + down >= height) return;
      const neighbor = pixel + down * width + across;
      diagonal[row] = diagonal[row]! + weight;
      links[row * 8 + direction] = removed[neighbor] ? rowOf[neighbor]! : -1 - neighbor;
    });
  });
  return { pixels, diagonal, links };
}

/**
 * Conjugate gradients with the diagonal as preconditioner, all channels as one system.
 *
 * @returns [rows, channels]
 */
function solve(
  { pixels, diagonal, links }: System,
  image: Float32Array,
  channels: number,
  guess: Float32Array,
  tolerance: number,
): Float64Array {
  const count = pixels.length * channels;
  const known = new Float64Array(count);
  for (let link = 0; link < links.length; link++) {
    const to = links[link]!;
    if (to >= 0 || to === outside) continue;
    const weight = neighbors[link % 8]!.weight;
    for (let c = 0; c < channels; c++)
      known[(link >> 3) * channels + c]! += weight * image[(-1 - to) * channels + c]!;
  }
  const solution = Float64Array.from(
    { length: count },
    (_, at) => guess[pixels[Math.floor(at / channels)]! * channels + (at % channels)]!,
  );
  const product = new Float64Array(count);
  multiply(diagonal, links, solution, channels, product);
  const residual = known.map((right, at) => right - product[at]!);
  const scaled = residual.map((rest, at) => rest / diagonal[Math.floor(at / channels)]!);
  const direction = scaled.slice();
  let energy = dot(residual, scaled);
  for (let iteration = 0; iteration < 10 * count && largest(residual) > tolerance; iteration++) {
    multiply(diagonal, links, direction, channels, product);
    const step = energy / dot(direction, product);
    for (let row = 0, at = 0; row < pixels.length; row++) {
      for (const end = at + channels; at < end; at++) {
        solution[at]! += step * direction[at]!;
        residual[at]! -= step * product[at]!;
        scaled[at] = residual[at]! / diagonal[row]!;
      }
    }
    const next = dot(residual, scaled);
    for (let at = 0; at < count; at++) direction[at] = scaled[at]! + (next / energy) * direction[at]!;
    energy = next;
  }
  return solution;
}

/** product = diagonal · x − Σ weight · x of the removed neighbors, [rows, channels]. */
function multiply(
  diagonal: Float64Array,
  links: Int32Array,
  x: Float64Array,
  channels: number,
  product: Float64Array,
): void {
  for (let row = 0; row < diagonal.length; row++) {
    const at = row * channels;
    for (let c = 0; c < channels; c++) product[at + c] = diagonal[row]! * x[at + c]!;
    for (let neighbor = 0; neighbor < 8; neighbor++) {
      const to = links[row * 8 + neighbor]!;
      if (to < 0) continue;
      const weight = weights[neighbor]!;
      for (let c = 0; c < channels; c++) product[at + c]! -= weight * x[to * channels + c]!;
    }
  }
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += one[at]! * other[at]!;
  return sum;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (let at = 0; at < values.length; at++) most = Math.max(most, Math.abs(values[at]!));
  return most;
}
