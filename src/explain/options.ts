import { invalid } from '../errors.js';

/** One option of a method: its default and what it may be. */
export interface Option<T = unknown> {
  /** null: chosen automatically. */
  default: T | null;
  /** What it may be, in words. */
  expected: string;
  fits(value: unknown): boolean;
}

const isNumber = (value: unknown): value is number => Number.isFinite(value);

export function integer(value: number | null, least = 1, most = Infinity): Option<number> {
  return {
    default: value,
    expected: most < Infinity ? `an integer from ${least} to ${most}` : `an integer, ${least} or more`,
    fits: (given) => Number.isInteger(given) && (given as number) >= least && (given as number) <= most,
  };
}

export function number(value: number): Option<number> {
  return { default: value, expected: 'a number', fits: isNumber };
}

export function positive(value: number): Option<number> {
  return { default: value, expected: 'a number above 0', fits: (given) => isNumber(given) && given > 0 };
}

export function atLeastZero(value: number): Option<number> {
  return { default: value, expected: 'a number, 0 or more', fits: (given) => isNumber(given) && given >= 0 };
}

export function share(value: number): Option<number> {
  return {
    default: value,
    expected: 'a number above 0, up to 1',
    fits: (given) => isNumber(given) && given > 0 && given <= 1,
  };
}

export function percentile(value: number | null): Option<number> {
  return {
    default: value,
    expected: 'a percentile from 0 to 100',
    fits: (given) => isNumber(given) && given >= 0 && given <= 100,
  };
}

/** Where null says something of its own. */
export function orNull<T>(option: Option<T>): Option<T | null> {
  return { ...option, fits: (given) => given === null || option.fits(given) };
}

export function oneOf<T extends string>(value: T | null, names: readonly T[]): Option<T> {
  return { default: value, expected: names.join(', '), fits: (given) => names.includes(given as T) };
}

export function flag(value: boolean): Option<boolean> {
  return { default: value, expected: 'true or false', fits: (given) => typeof given === 'boolean' };
}

/** What only the method itself can check: it depends on the images, or has parts. */
export function checkedByMethod<T>(value: T | null): Option<T> {
  return { default: value, expected: 'what the method says', fits: () => true };
}

/**
 * Options with the defaults of those that are left out. Where the default is null, one that is left out stays so.
 *
 * @param given others than the declared ones stay as they are
 * @throws InvalidInput where a declared option does not fit
 */
export function complete<O extends object>(declared: Readonly<Record<string, Option>>, given: O): O {
  const found = { ...given } as Record<string, unknown>;
  for (const [key, option] of Object.entries(declared)) {
    const value = found[key];
    if (value === undefined) {
      if (option.default === null) delete found[key];
      else found[key] = option.default;
    } else if (!option.fits(value) && !(value === null && option.default === null)) {
      throw invalid(key, option.expected, value);
    }
  }
  return found as O;
}
