import * as tf from '@tensorflow/tfjs-core';
import { exactProduct } from './exact-product.js';
import { invalid } from '../../errors.js';

/** A Gaussian blur: number of taps (odd) and standard deviation, both in pixels. */
export interface Blur {
  size: number;
  sigma: number;
}

/** The paper's blur: 51 taps, sigma 50. */
export const defaultBlur: Readonly<Blur> = { size: 51, sigma: 50 };

/**
 * Checks a blur.
 *
 * @param name what the blur is called where it was set, for the error
 * @throws InvalidInput when the size is not odd or sigma is not above 0
 */
export function checkBlur({ size, sigma }: Blur, name = 'blur'): void {
  if (!(Number.isInteger(size) && size > 0 && size % 2 === 1)) {
    throw invalid(`${name}.size`, 'an odd number of taps, 1 or more', size);
  }
  if (!(Number.isFinite(sigma) && sigma > 0)) throw invalid(`${name}.sigma`, 'a number above 0', sigma);
}

/** The taps of a sampled Gaussian, normalized to sum 1. */
export function gaussianKernel({ size, sigma }: Blur): Float64Array {
  const taps = Float64Array.from({ length: size }, (_, index) =>
    Math.exp(-0.5 * ((index - (size - 1) / 2) / sigma) ** 2),
  );
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

/**
 * The blur of a line of pixels as a matrix, padding folded in: blurred = B · line.
 * Padding reflects without repeating the edge pixel, as often as the taps reach over the line.
 *
 * @param length pixels of the line
 * @returns [length, length] in row-major order, each row of sum 1
 */
export function blurMatrix(length: number, blur: Blur): Float32Array {
  const matrix = new Float64Array(length * length);
  const reach = (blur.size - 1) / 2;
  gaussianKernel(blur).forEach((weight, tap) => {
    for (let row = 0; row < length; row++) {
      const cell = row * length + reflect(row + tap - reach, length);
      matrix[cell] = matrix[cell]! + weight;
    }
  });
  return Float32Array.from(matrix);
}

/** The pixel that stands at `position` when a line of `length` pixels is mirrored at its end pixels for ever. */
function reflect(position: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const folded = ((position % period) + period) % period;
  return folded < length ? folded : period - folded;
}

/**
 * Separable Gaussian blur with reflect padding, as two matrix products (X' = B X Bᵀ): faster than convolutions for
 * kernels as wide as the paper's, and exact.
 *
 * @param images [N, H, W, C], float32; any size, also smaller than the kernel
 * @returns [N, H, W, C], float32; the caller owns it
 * @throws InvalidInput when the size is not odd or sigma is not above 0
 */
export function gaussianBlur(images: tf.Tensor4D, blur: Blur): tf.Tensor4D {
  checkBlur(blur);
  const [count, height, width, channels] = images.shape;
  return tf.tidy(() => {
    const columns = tf.tensor2d(blurMatrix(width, blur), [width, width]);
    const rows = tf.tensor3d(blurMatrix(height, blur), [1, height, height]);
    const lines = tf.reshape<tf.Rank.R2>(tf.transpose(images, [0, 3, 1, 2]), [
      count * channels * height,
      width,
    ]);
    const acrossWidth = tf.reshape<tf.Rank.R3>(exactProduct(lines, columns, false, true), [
      count * channels,
      height,
      width,
    ]);
    const blurred = tf.reshape<tf.Rank.R4>(exactProduct(rows, acrossWidth), [count, channels, height, width]);
    return tf.transpose<tf.Tensor4D>(blurred, [0, 2, 3, 1]);
  });
}
