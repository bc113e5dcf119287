import { invalid } from '../errors.js';

/**
 * Passes values through when there is at least one and all are finite.
 *
 * @param name what the values are called in the error
 * @throws InvalidInput otherwise
 */
export function finite<T extends Float32Array | Float64Array | readonly number[]>(
  name: string,
  values: T,
): T {
  if (values.length === 0) throw invalid(name, 'at least one value', values.length);
  for (const value of values) {
    if (!Number.isFinite(value)) throw invalid(name, 'finite values', value);
  }
  return values;
}

/** Throws InvalidInput unless two lists are equally long. */
export function sameLength(name: string, one: ArrayLike<unknown>, other: ArrayLike<unknown>): void {
  if (one.length !== other.length) throw invalid(name, 'two of equal length', [one.length, other.length]);
}
