/** Names that are taken, and how far each was counted on: thousands of layers may want the same one. */
export interface TakenNames {
  taken: Set<string>;
  counts: Map<string, number>;
}

export function noNames(): TakenNames {
  return { taken: new Set(), counts: new Map() };
}

/**
 * Takes a name that nobody has yet: the one wanted, or else the first of those with a number that is free.
 *
 * @param numbered the name with a number, from 1
 */
export function freeName(
  { taken, counts }: TakenNames,
  wanted: string,
  numbered = (count: number): string => `${wanted}_${count}`,
): string {
  let name = wanted;
  const series = numbered(1);
  let count = counts.get(series) ?? 0;
  while (taken.has(name)) name = numbered(++count);
  counts.set(series, count);
  taken.add(name);
  return name;
}
