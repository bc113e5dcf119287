/** The integers from 0 on for which a condition holds, up to the first for which it does not. */
export function countWhile(holds: (index: number) => boolean): number[] {
  const found: number[] = [];
  while (holds(found.length)) found.push(found.length);
  return found;
}
