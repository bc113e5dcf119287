import type { io } from '@tensorflow/tfjs-core';
import { Failure, show } from '../errors.js';

/** Bytes of one value by the type it is stored as. */
const sizes = new Map([
  ['float32', 4],
  ['int32', 4],
  ['bool', 1],
  ['uint8', 1],
  ['uint16', 2],
  ['float16', 2],
]);

/** Bytes of one weight as it is stored. */
export function byteLength({ shape, dtype, quantization }: io.WeightsManifestEntry): number {
  return elementCount(shape) * sizes.get(quantization?.dtype ?? dtype)!;
}

/** Number of values of a shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * Makes sure that the weights manifest of a model.json is one: names, shapes and types that weights can have.
 *
 * @param path of the model.json, for messages
 * @throws Failure
 */
export function checkManifest(manifest: unknown, path: string): asserts manifest is io.WeightsManifestConfig {
  const malformed = (what: string, found: unknown) =>
    new Failure(`${path}: its weightsManifest is malformed: expected ${what}, found ${show(found)}`);
  if (!Array.isArray(manifest)) throw malformed('a list of groups', manifest);
  for (const group of manifest as unknown[]) {
    const { paths, weights } = (group ?? {}) as { paths?: unknown; weights?: unknown };
    if (!Array.isArray(paths) || !paths.every((entry) => typeof entry === 'string')) {
      throw malformed('names of files as paths', paths);
    }
    if (!Array.isArray(weights)) throw malformed('a list of weights', weights);
    for (const entry of weights as unknown[]) {
      if (!isEntry(entry)) throw malformed('weights with name, shape and dtype', entry);
    }
  }
}

function isEntry(value: unknown): boolean {
  const { name, shape, dtype, quantization } = (value ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string' || !isShape(shape)) return false;
  if (quantization === undefined) return ['float32', 'int32', 'bool'].includes(dtype as string);
  return isQuantization(quantization, dtype);
}

function isQuantization(value: unknown, of: unknown): boolean {
  const { dtype, scale, min } = (value ?? {}) as Record<string, unknown>;
  if (dtype === 'float16') return of === 'float32';
  const known = (dtype === 'uint8' || dtype === 'uint16') && (of === 'float32' || of === 'int32');
  return known && Number.isFinite(scale) && Number.isFinite(min);
}

/** Whether a value read from a file is the shape of a tensor: at most eight sizes, together a number that is exact. */
export function isShape(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.length <= 8 &&
    value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0) &&
    Number.isSafeInteger(elementCount(value as number[]))
  );
}
