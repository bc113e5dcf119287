import { finite, sameLength } from './finite.js';

/**
 * Pearson's correlation.
 *
 * @param one finite values, any shape in row-major order
 * @param other same length
 * @returns in [−1, 1]; null where one of them is constant
 * @throws InvalidInput where a value is not finite or the lengths differ
 */
export function pearson(one: Float32Array, other: Float32Array): number | null {
  sameLength('maps', one, other);
  if (isConstant(finite('map', one)) || isConstant(finite('map', other))) return null;
  const [a, b] = [unitDeviations(one), unitDeviations(other)];
  const sum = a.reduce((total, value, at) => total + value * b[at]!, 0);
  return Math.min(1, Math.max(-1, sum));
}

function isConstant(values: Float32Array): boolean {
  return values.every((value) => value === values[0]);
}

/** Deviations from the mean, divided by their length first: products of very small maps do not underflow. */
function unitDeviations(values: Float32Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviations = Float64Array.from(values, (value) => value - mean);
  const length = Math.sqrt(deviations.reduce((sum, value) => sum + value * value, 0));
  return deviations.map((value) => value / length);
}
