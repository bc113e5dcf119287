import * as tf from '@tensorflow/tfjs-core';
import { exactProduct } from './exact-product.js';
import { mixSeeds, random } from '../../random.js';

/** Random masks of RISE, as small as they are drawn. */
export interface RiseGrids {
  /** 0 or 1, [M, s, s]. */
  grids: tf.Tensor3D;
  /** Where the crop starts in the upsampled grid, [row, column], int32 [M, 2]. */
  offsets: tf.Tensor2D;
}

/** Size of one cell in pixels: the upsampled grid is one cell larger than the image. */
export function cellSize([height, width]: [number, number], gridSize: number): [number, number] {
  return [Math.ceil(height / gridSize), Math.ceil(width / gridSize)];
}

/**
 * Draws grids and offsets; each mask has a sequence of its own, so the first masks stay the same when there are more.
 *
 * @param count M
 * @param gridSize s, cells of a side
 * @param keepProbability probability that a cell is 1
 * @param size [H, W] of the images
 * @returns the caller owns both tensors
 */
export function drawGrids(
  count: number,
  gridSize: number,
  keepProbability: number,
  size: [number, number],
  seed: number,
): RiseGrids {
  const cell = cellSize(size, gridSize);
  const grids = new Float32Array(count * gridSize * gridSize);
  const offsets = new Int32Array(count * 2);
  for (let mask = 0; mask < count; mask++) {
    const next = random(mixSeeds(seed, mask));
    const start = mask * gridSize * gridSize;
    for (let index = start; index < start + gridSize * gridSize; index++)
      grids[index] = next() < keepProbability ? 1 : 0;
    offsets[mask * 2] = Math.floor(next() * cell[0]);
    offsets[mask * 2 + 1] = Math.floor(next() * cell[1]);
  }
  return {
    grids: tf.tensor3d(grids, [count, gridSize, gridSize]),
    offsets: tf.tensor2d(offsets, [count, 2], 'int32'),
  };
}

/**
 * Makes masks out of grids: bilinear upsampling to one cell more than the image, cropped at the offset. As two matrix
 * products with the rows of the interpolation that lie in the crop, so nothing larger than the masks is made.
 *
 * @param size [H, W] of the images
 * @returns from numbers of masks (int32 [n]) to masks [n, H, W] in [0, 1]. Its tensors belong to the enclosing tidy.
 */
export function maskMaker(
  { grids, offsets }: RiseGrids,
  size: [number, number],
): (numbers: tf.Tensor1D) => tf.Tensor3D {
  const gridSize = grids.shape[1];
  const [vertical, horizontal] = cellSize(size, gridSize).map((cell) =>
    interpolation(gridSize, cell * (gridSize + 1)),
  ) as [tf.Tensor2D, tf.Tensor2D];
  const cropped = (matrix: tf.Tensor2D, numbers: tf.Tensor1D, axis: 0 | 1): tf.Tensor3D => {
    const start = tf.slice(tf.gather(offsets, numbers), [0, axis], [-1, 1]);
    const rows = tf.add<tf.Tensor2D>(start, tf.range(0, size[axis], 1, 'int32'));
    return tf.gather(matrix, rows) as tf.Tensor as tf.Tensor3D;
  };
  return (numbers) =>
    tf.tidy(() => {
      const across = exactProduct(tf.gather(grids, numbers), cropped(horizontal, numbers, 1), false, true);
      return exactProduct<tf.Tensor3D>(cropped(vertical, numbers, 0), across);
    });
}

/** [to, from]: bilinear interpolation of a line with half-pixel centers and clamped edges, as a matrix. */
function interpolation(from: number, to: number): tf.Tensor2D {
  const matrix = new Float32Array(to * from);
  for (let row = 0; row < to; row++) {
    const position = Math.min(from - 1, Math.max(0, ((row + 0.5) * from) / to - 0.5));
    const left = Math.min(from - 1, Math.floor(position));
    const right = Math.min(from - 1, left + 1);
    matrix[row * from + left]! += 1 - (position - left);
    matrix[row * from + right]! += position - left;
  }
  return tf.tensor2d(matrix, [to, from]);
}
