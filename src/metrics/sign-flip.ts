import { invalid } from '../errors.js';
import { random } from '../random.js';

/** With so few differences every combination of signs is looked at, else as many random ones as `flips`. */
const EXACT_UP_TO = 12;

/**
 * Permutation test of paired differences: how often would their sum be as large, if each could as well have had the
 * other sign? One-sided: small where the differences lie above 0.
 *
 * @param differences treated − control, one for each unit that was drawn independently
 * @param options `flips`: random combinations of signs where there are too many for all, default 4999; `seed`
 * @returns p in (0, 1]; 1 where there is no difference
 * @throws InvalidInput for a value that is not finite
 * @see Fisher (1935), "The Design of Experiments", on Darwin's plants
 */
export function signFlipTest(
  differences: readonly number[],
  { flips = 4999, seed = 0 }: { flips?: number; seed?: number } = {},
): number {
  const wrong = differences.find((difference) => !Number.isFinite(difference));
  if (wrong !== undefined) throw invalid('differences', 'finite numbers', wrong);
  const observed = differences.reduce((sum, difference) => sum + difference, 0);
  // Sums of the same numbers in another order may differ in their last bits.
  const enough = observed - 1e-9 * differences.reduce((sum, difference) => sum + Math.abs(difference), 0);
  const sum = (isFlipped: (index: number) => boolean): number =>
    differences.reduce(
      (total, difference, index) => total + (isFlipped(index) ? -difference : difference),
      0,
    );
  if (differences.length <= EXACT_UP_TO) {
    const all = 2 ** differences.length;
    const asLarge = Array.from({ length: all }, (_, signs) => sum((index) => ((signs >> index) & 1) === 1));
    return asLarge.filter((total) => total >= enough).length / all;
  }
  const next = random(seed);
  let asLarge = 1;
  for (let flip = 0; flip < flips; flip++) if (sum(() => next() < 0.5) >= enough) asLarge++;
  return asLarge / (flips + 1);
}
