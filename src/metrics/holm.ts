/**
 * p values of several tests, corrected so that the probability of even one false finding is bounded (Holm 1979): the
 * smallest times the number of tests, the next times one less, never falling on the way.
 *
 * @param values in [0, 1]; null for a test that was not made, which does not count
 * @returns in the same order, in [0, 1]
 */
export function holm(values: readonly (number | null)[]): (number | null)[] {
  const made = values.flatMap((p, index) => (p === null ? [] : [{ p, index }])).sort((a, b) => a.p - b.p);
  const corrected: (number | null)[] = values.map(() => null);
  let largest = 0;
  made.forEach(({ p, index }, rank) => {
    largest = Math.max(largest, Math.min(1, p * (made.length - rank)));
    corrected[index] = largest;
  });
  return corrected;
}
