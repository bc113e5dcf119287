/** Log-odds of a class against all others. */
export function logOdds(logits: ArrayLike<number>, own: number): number {
  let highest = -Infinity;
  for (let at = 0; at < logits.length; at++) if (at !== own) highest = Math.max(highest, logits[at]!);
  let sum = 0;
  for (let at = 0; at < logits.length; at++) if (at !== own) sum += Math.exp(logits[at]! - highest);
  return logits[own]! - highest - Math.log(sum);
}

/** The probability that goes with log-odds. */
export function probabilityOf(odds: number): number {
  return 1 / (1 + Math.exp(-odds));
}

/** The middle value, between two the mean of both; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.floor(sorted.length / 2)]!) / 2;
}
