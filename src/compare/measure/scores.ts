/**
 * Place of the label among the logits: 0 is the highest. A tie counts for the label.
 *
 * @param logits [classes]
 */
export function rankOf(logits: ArrayLike<number>, label: number): number {
  const own = logits[label]!;
  return Array.from(logits).filter((logit) => !(own >= logit)).length;
}

/**
 * Cross entropy of one image.
 *
 * @param logits [classes], finite
 */
export function crossEntropyOf(logits: ArrayLike<number>, label: number): number {
  const list = Array.from(logits);
  const highest = Math.max(...list);
  const sum = list.reduce((total, logit) => total + Math.exp(logit - highest), 0);
  return Math.log(sum) + highest - logits[label]!;
}
