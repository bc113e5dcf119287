import { invalid } from '../../errors.js';
import { finite } from './finite.js';

/** Neighbours of a pixel and what each weighs: those beside it twice as much as those across a corner. */
const neighbours = [-1, 0, 1].flatMap((down) =>
  [-1, 0, 1]
    .filter((across) => across !== 0 || down !== 0)
    .map((across) => ({ down, across, weight: across === 0 || down === 0 ? 1 / 6 : 1 / 12 })),
);

/**
 * Replaces pixels by what their neighbours say: each removed pixel becomes the weighted mean of its up to eight
 * neighbours, removed ones included, which is a sparse linear system for each channel. It is symmetric and positive
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
    throw invalid('removed', 'at least one pixel that stays', 'none');
  const result = image.slice();
  for (let channel = 0; channel < channels && system.pixels.length > 0; channel++) {
    const value = (pixel: number) => image[pixel * channels + channel]!;
    const solution = solve(system, value, tolerance);
    system.pixels.forEach((pixel, row) => (result[pixel * channels + channel] = solution[row]!));
  }
  return result;
}

/** One equation for each removed pixel: diagonal · x = Σ weight · neighbour. */
interface System {
  /** The removed pixels. */
  pixels: Int32Array;
  /** Sum of the weights of the neighbours inside the image. */
  diagonal: Float64Array;
  /** [rows, 8]: the neighbour's row where it is removed too, −1 − pixel where it stays, `outside` beyond the edge. */
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
    neighbours.forEach(({ down, across, weight }, direction) => {
      if (x + across < 0 || x + across >= width || y + down < 0 || y + down >= height) return;
      const neighbour = pixel + down * width + across;
      diagonal[row] = diagonal[row]! + weight;
      links[row * 8 + direction] = removed[neighbour] ? rowOf[neighbour]! : -1 - neighbour;
    });
  });
  return { pixels, diagonal, links };
}

/** Conjugate gradients with the diagonal as preconditioner. */
function solve(
  { pixels, diagonal, links }: System,
  value: (pixel: number) => number,
  tolerance: number,
): Float64Array {
  const count = pixels.length;
  const known = new Float64Array(count);
  let [knownSum, knownWeight] = [0, 0];
  for (let link = 0; link < links.length; link++) {
    const to = links[link]!;
    if (to >= 0 || to === outside) continue;
    const weight = neighbours[link % 8]!.weight;
    known[link >> 3]! += weight * value(-1 - to);
    knownSum += weight * value(-1 - to);
    knownWeight += weight;
  }
  // The mean of what surrounds the holes: near the answer, and the answer itself for one colour.
  const solution = new Float64Array(count).fill(knownSum / knownWeight);
  const product = new Float64Array(count);
  multiply(diagonal, links, solution, product);
  const residual = known.map((right, row) => right - product[row]!);
  const scaled = residual.map((rest, row) => rest / diagonal[row]!);
  const direction = scaled.slice();
  let energy = dot(residual, scaled);
  for (let iteration = 0; iteration < 10 * count && largest(residual) > tolerance; iteration++) {
    multiply(diagonal, links, direction, product);
    const step = energy / dot(direction, product);
    for (let row = 0; row < count; row++) {
      solution[row]! += step * direction[row]!;
      residual[row]! -= step * product[row]!;
      scaled[row] = residual[row]! / diagonal[row]!;
    }
    const next = dot(residual, scaled);
    for (let row = 0; row < count; row++) direction[row] = scaled[row]! + (next / energy) * direction[row]!;
    energy = next;
  }
  return solution;
}

/** product = diagonal · x − Σ weight · x of the removed neighbours. */
function multiply(diagonal: Float64Array, links: Int32Array, x: Float64Array, product: Float64Array): void {
  for (let row = 0; row < x.length; row++) {
    let sum = diagonal[row]! * x[row]!;
    for (let direction = 0; direction < 8; direction++) {
      const to = links[row * 8 + direction]!;
      if (to >= 0) sum -= neighbours[direction]!.weight * x[to]!;
    }
    product[row] = sum;
  }
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += one[at]! * other[at]!;
  return sum;
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
