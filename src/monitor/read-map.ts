import { readFileSync } from 'node:fs';
import { Failure, invalid, phrase } from '../errors.js';
import { hasFile } from '../files/read-file.js';
import { decodeNpy, type HostMap } from '../report/index.js';

/**
 * The raw map of one image.
 *
 * @param path of an .npy file
 * @throws Failure or InvalidInput, which names the file, unless it holds finite float32 values [height, width]
 */
export function readMap(path: string): HostMap {
  const { values, shape } = readFloats(path, ['height', 'width']);
  const [height, width] = shape as [number, number];
  return { values, width, height };
}

/**
 * Finite float32 values of an .npy file, one at least.
 *
 * @param axes what each of its axes counts
 * @throws as readMap
 */
export function readFloats(
  path: string,
  axes: readonly string[],
): { values: Float32Array; shape: readonly number[] } {
  if (!hasFile(path)) throw new Failure(`${path}: there is no such file`);
  const { data: values, shape } = decodeNpy(readFileSync(path), path);
  if (!(values instanceof Float32Array) || shape.length !== axes.length || values.length === 0)
    throw invalid(
      path,
      `float32 or float64 values [${axes.join(', ')}]`,
      phrase(`${values.constructor.name} [${shape.join(', ')}]`),
    );
  const wrong = values.find((value) => !Number.isFinite(value));
  if (wrong !== undefined) throw invalid(path, 'finite values', wrong);
  return { values, shape };
}
