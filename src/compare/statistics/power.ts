import { standardDeviation, studentHalfWidth, unitsNeeded } from './paired.js';
import type { ComparisonReport } from '../report.js';

/** How many runs of an arm its difference to the control needs. */
export interface Needed {
  arm: string;
  /** Pairs measured so far. */
  units: number;
  /** Of the differences in top-1, as a share; null of fewer than two. */
  sd: number | null;
  /** Half the width of Student's 95 % interval as it is. */
  halfWidth: number | null;
  /** Seeds (or draws) in all; null where not known, or more than 10,000. */
  needed: number | null;
}

/**
 * How many seeds, or draws, make Student's 95 % interval of each arm's difference in top-1 as narrow as asked, if the
 * differences go on scattering as they did. The standard deviation of a few pairs is itself uncertain: of five by a
 * factor of 0.6 to 2.9.
 *
 * @param halfWidth as a share, above 0: 0.01 for one percentage point to either side
 */
export function seedsForWidth({ arms, control }: ComparisonReport, halfWidth: number): Needed[] {
  return Object.entries(arms)
    .filter(([arm]) => arm !== control)
    .map(([arm, { figures }]) => {
      const known = (figures.top1.difference?.bySeed ?? []).filter((value) => value !== null);
      const sd = standardDeviation(known);
      if (sd === null) return { arm, units: known.length, sd, halfWidth: null, needed: null };
      const now = studentHalfWidth(sd, known.length);
      return { arm, units: known.length, sd, halfWidth: now, needed: unitsNeeded(sd, halfWidth) };
    });
}
