/**
 * How far a lost rank was: the last step that it has told; where it has told none, since it ended too soon, the step of
 * the rank that says so, which goes in step with it.
 *
 * @param {number} told −1 for none
 * @param {number} rank
 * @param {number} own the last step of that rank, −1 for none
 */
export function reached(told, rank, own) {
  if (told >= 0) return `; it had reached step ${told}`;
  return own < 0 ? '' : `; rank ${rank} had reached step ${own}`;
}
