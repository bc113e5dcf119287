import { type Children, type Comparison, type Finding, judge } from './judge.js';
import { generate } from './generate.js';
import type { Program } from './program.js';
import { shrink } from './shrink.js';

/** A program that shows something wrong, as small as it became. */
export interface Found {
  seed: number | undefined;
  finding: Finding;
  program: Program;
}

/** What became of the programs of a search. */
export interface Tally {
  programs: number;
  /** Refused by tfjs itself; only messages that differ, with how often. */
  invalid: Map<string, number>;
  unstable: number;
  refused: number;
  found: Found[];
}

export interface Search {
  comparisons: Comparison[];
  without: readonly string[];
  having: readonly string[];
  /** Told about each finding, before and after it was shrunk. */
  note: (text: string) => void;
  /** Gets each finding as soon as it is made, and again when it was shrunk. */
  keep: (found: Found) => void;
}

/**
 * Judges the programs of one seed after another.
 *
 * @param more whether to go on
 */
export async function search(seeds: Iterable<number>, children: Children, options: Search, more: () => boolean): Promise<Tally> {
  const tally: Tally = { programs: 0, invalid: new Map(), unstable: 0, refused: 0, found: [] };
  for (const seed of seeds) {
    if (!more()) break;
    const program = generate(seed, options.without, options.having);
    const verdict = await judge(program, children, options.comparisons);
    tally.programs++;
    if (verdict.invalid !== undefined) {
      const message = verdict.invalid.replace(/\d+(,\d+)*/g, 'N');
      tally.invalid.set(message, (tally.invalid.get(message) ?? 0) + 1);
    }
    if (verdict.unstable) tally.unstable++;
    if (verdict.refused !== undefined) tally.refused++;
    for (const finding of verdict.findings) {
      options.note(`seed ${seed}: ${describe(finding)}`);
      options.keep({ seed, finding, program });
      const smallest = await smallestFor(program, finding, children);
      options.note(`seed ${seed}: shrunk to ${statements(smallest.program)} statements and ${smallest.program.steps.length} steps: ${describe(smallest.finding)}`);
      tally.found.push({ seed, ...smallest });
      options.keep({ seed, ...smallest });
    }
  }
  return tally;
} // prettier-ignore

/** Shrinks for as long as the same comparison finds the same sort of difference. */
async function smallestFor(program: Program, finding: Finding, children: Children): Promise<Omit<Found, 'seed'>> {
  let latest = finding;
  const smaller = await shrink(program, async (candidate) => {
    const { findings } = await judge(candidate, children, [finding.comparison]);
    const same = findings.find(({ what, detail }) => what === finding.what && (what !== 'error' || kindOf(detail) === kindOf(finding.detail)));
    if (same) latest = same;
    return same !== undefined;
  });
  return { program: smaller, finding: latest };
} // prettier-ignore

/** An error's message without the numbers and names in it. */
const kindOf = (message: string): string => message.replace(/[\d,[\]]+/g, '').slice(0, 60);

export const describe = ({ comparison, what, at, detail }: Finding): string =>
  `${comparison}, ${what} at ${at}: ${detail}`;

const statements = (program: Program): number =>
  program.functions.reduce((count, { body }) => count + JSON.stringify(body).split('"id"').length - 1, 0);
