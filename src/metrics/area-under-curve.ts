import { invalid } from '../errors.js';
import { finite } from './finite.js';

/**
 * The area under a curve of evenly spaced values over [0, 1], by the trapezoidal rule: (sum − first/2 − last/2) / n.
 *
 * @param values n + 1 finite values, 2 or more
 * @returns in the range of the values
 * @throws InvalidInput for fewer than two values or one that is not finite
 */
export function areaUnderCurve(values: readonly number[]): number {
  finite('curve', values);
  if (values.length < 2) throw invalid('curve', 'two values or more', values.length);
  const sum = values.reduce((total, value) => total + value, 0);
  return (sum - values[0]! / 2 - values.at(-1)! / 2) / (values.length - 1);
}
