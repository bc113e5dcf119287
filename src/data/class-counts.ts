import type { Listing } from './listing.js';

/** How many images each class of a listing has, in the order of the classes. */
export function classCounts({ classNames, labels }: Pick<Listing, 'classNames' | 'labels'>): number[] {
  const counts = classNames.map(() => 0);
  for (const label of labels) counts[label]!++;
  return counts;
}
