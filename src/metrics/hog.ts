import { invalid, phrase } from '../errors.js';
import { finite } from './finite.js';
import { spearman } from './spearman.js';

const orientations = 9;
const cell = 8;
const block = 3;
const smallest = cell * block;

/**
 * Histograms of oriented gradients: 9 unsigned orientations without interpolation, cells of 8 × 8 pixels, blocks of
 * 3 × 3 cells normalized by L2-Hys (clipped at 0.2). Gradients are central differences, 0 at the borders; pixels
 * beyond the last whole cell are left out.
 *
 * @param map [height, width] in row-major order, finite
 * @returns features, [block rows, block columns, 3, 3, 9] in row-major order
 * @throws InvalidInput where a side is below 24 pixels
 * @see Dalal & Triggs (2005), "Histograms of Oriented Gradients for Human Detection"
 */
export function hog(map: Float32Array, width: number): Float64Array {
  finite('map', map);
  const height = map.length / width;
  if (!(Number.isInteger(height) && Math.min(width, height) >= smallest)) {
    throw invalid('map', `sides of ${smallest} pixels or more`, phrase(`${width} × ${height}`));
  }
  const [rows, columns] = [Math.floor(height / cell), Math.floor(width / cell)];
  const histograms = cellHistograms(map, width, height, rows, columns);
  const [blockRows, blockColumns] = [rows - block + 1, columns - block + 1];
  const length = block * block * orientations;
  const features = new Float64Array(blockRows * blockColumns * length);
  for (let row = 0; row < blockRows; row++) {
    for (let column = 0; column < blockColumns; column++) {
      const values = new Float64Array(length);
      for (let line = 0; line < block; line++) {
        const from = ((row + line) * columns + column) * orientations;
        values.set(histograms.subarray(from, from + block * orientations), line * block * orientations);
      }
      features.set(
        unit(unit(values).map((value) => Math.min(value, 0.2))),
        (row * blockColumns + column) * length,
      );
    }
  }
  return features;
}

/**
 * Spearman's correlation of the HOG features of two maps.
 *
 * @param one [height, width] in row-major order
 * @param other same size
 * @returns in [−1, 1]; null where the features of a map are constant (a constant map)
 */
export function hogSimilarity(one: Float32Array, other: Float32Array, width: number): number | null {
  return spearman(hog(one, width), hog(other, width));
}

/** [rows, columns, 9]: the mean gradient magnitude of each cell's pixels by orientation. */
function cellHistograms(
  map: Float32Array,
  width: number,
  height: number,
  rows: number,
  columns: number,
): Float64Array {
  const histograms = new Float64Array(rows * columns * orientations);
  for (let y = 0; y < rows * cell; y++) {
    for (let x = 0; x < columns * cell; x++) {
      const at = y * width + x;
      const down = y > 0 && y < height - 1 ? map[at + width]! - map[at - width]! : 0;
      const across = x > 0 && x < width - 1 ? map[at + 1]! - map[at - 1]! : 0;
      const signed = Math.atan2(down, across);
      const turns = (signed < 0 ? signed + Math.PI : signed) / Math.PI;
      const bin = Math.floor(turns * orientations) % orientations;
      const into = (Math.floor(y / cell) * columns + Math.floor(x / cell)) * orientations + bin;
      histograms[into] = histograms[into]! + Math.hypot(down, across) / (cell * cell);
    }
  }
  return histograms;
}

function unit(values: Float64Array): Float64Array {
  const size = Math.sqrt(values.reduce((sum, value) => sum + value * value, 1e-10));
  return values.map((value) => value / size);
}
