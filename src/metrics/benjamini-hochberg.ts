import { invalid } from '../errors.js';

/**
 * Adjusts p-values so that those at or below `q` have a false-discovery rate of at most `q` (step-up procedure; for
 * independent or positively dependent tests).
 *
 * @param pValues in [0, 1]
 * @returns adjusted p-values in [0, 1], in the same order
 * @throws InvalidInput for a value outside of [0, 1]
 * @see Benjamini & Hochberg (1995), "Controlling the False Discovery Rate"
 */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const wrong = pValues.find((p) => !(p >= 0 && p <= 1));
  if (wrong !== undefined) throw invalid('pValues', 'numbers from 0 to 1', wrong);
  const descending = [...pValues.keys()].sort((a, b) => pValues[b]! - pValues[a]!);
  const adjusted = new Array<number>(pValues.length);
  let least = 1;
  descending.forEach((index, place) => {
    const rank = pValues.length - place;
    least = Math.min(least, (pValues[index]! * pValues.length) / rank);
    adjusted[index] = least;
  });
  return adjusted;
}
