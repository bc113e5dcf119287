import type { Outcome, Shown } from './outcome.js';

/**
 * How far two runs of a program may lie apart, as a share of the largest magnitude of the tensor, but not of less than
 * FLOOR: all values are computed from numbers around one, so what is far smaller is what rounding left of a
 * cancellation. float32 rounds by 6e-8; some tens of operations and sums of some hundred terms stay below 2e-6 in all
 * programs, while a wrong result is off by 1e-2 and more.
 */
export const LIMIT = 2e-5;
const FLOOR = 0.1;

/** Where and how two runs differ. */
export interface Difference {
  what: 'value' | 'error' | 'tensors left';
  at: string;
  detail: string;
}

/** What tfjs says on the way to a second derivative of an operation whose gradient has none. */
const MISSING_GRADIENT = /gradient function not found for/;

/** The first difference of two runs, if there is one. Integers and truth values must be equal, floats within `limit`. */
export function difference(found: Outcome, expected: Outcome, limit = LIMIT): Difference | undefined {
  for (const [i, value] of expected.shown.entries()) {
    const other = found.shown[i];
    if (!other) break;
    const detail = differs(other, value, limit);
    if (detail !== undefined) return { what: 'value', at: value.label, detail };
  }
  const [error, other] = [found.error, expected.error];
  // A chain of zeros that camtune does not walk: ReLU's gradient does not change with its input.
  if (!error && other && MISSING_GRADIENT.test(other.message)) return undefined;
  if (error?.at !== other?.at) {
    const { at, message } = (error ?? other)!;
    return { what: 'error', at, detail: error ? message : `no error where there should be one: ${message}` };
  }
  // Some optimizers of tfjs leave tensors behind themselves.
  const clean = expected.left.every((count) => count === 0);
  if (clean && found.left.some((count) => count !== 0) && !error) {
    return { what: 'tensors left', at: 'end', detail: `${found.left.join(' of tfjs and ')} of the addon` };
  }
  return undefined;
}

/** How far apart two tensors are, in words, if they are too far. */
function differs(found: Shown, expected: Shown, limit: number): string | undefined {
  if (found.label !== expected.label) return `${found.label} in its place`;
  const signature = ({ dtype, shape }: Shown): string => `${dtype}[${shape.join()}]`;
  if (signature(found) !== signature(expected))
    return `${signature(found)} in place of ${signature(expected)}`;
  const distance = distanceOf(found.values, expected.values);
  if (distance <= (expected.dtype === 'float32' ? limit : 0)) return undefined;
  return `off by ${distance.toPrecision(3)}: ${few(found.values)} in place of ${few(expected.values)}`;
}

/** The largest difference as a share of the largest magnitude; infinite where only one is no finite number. */
export function distanceOf(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [most, scale] = [0, FLOOR];
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [found[i]!, expected[i]!];
    if (Number.isFinite(b)) scale = Math.max(scale, Math.abs(b));
    if (Object.is(a, b) || a === b) continue;
    const apart = Math.abs(a - b);
    most = Math.max(most, Number.isNaN(apart) ? Infinity : apart);
  }
  return most / scale;
}

function few(values: ArrayLike<number>): string {
  const shown = Array.from({ length: Math.min(values.length, 4) }, (_, i) => String(values[i]));
  return `[${shown.join(', ')}${values.length > 4 ? ', …' : ''}]`;
}
