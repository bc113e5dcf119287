import type { Child, Crash } from './child.js';
import { type Difference, difference, distanceOf, LIMIT } from './compare.js';
import type { Outcome } from './outcome.js';
import type { Program } from './program.js';
import type { Answer } from './worker.js';

/** What is compared: graphs with eager execution on our backend, or the latter with tfjs-node alone. */
export type Comparison = 'compiled/eager' | 'eager/stock';

/** What is wrong with a program's results. */
export type Finding =
  | ({ comparison: Comparison } & Difference)
  | { comparison: Comparison; what: 'crash'; at: string; detail: string; before: Program[] };

/** Findings, or why the program says nothing. */
export interface Verdict {
  findings: Finding[];
  /** Refused where it runs eagerly too: the generator's fault. */
  invalid?: string;
  /** Rounding alone changes its results. */
  unstable?: true;
  /** A refusal that is documented, with its message. */
  refused?: string;
}

export interface Children {
  ours: Child;
  stock: Child;
}

/**
 * A tensor that one trace keeps and another one uses may be refused, if it is said so; wrong numbers are never allowed.
 */
const REFUSAL = /kept|another (function|trace)|other (function|trace)|keep/i;

/** Runs a program in all ways and compares. */
export async function judge(program: Program, { ours, stock }: Children, comparisons: Comparison[]): Promise<Verdict> {
  const compiles = comparisons.includes('compiled/eager');
  const [mine, theirs] = await Promise.all([
    ours.run(program, compiles ? ['eager', 'compiled'] : ['eager']),
    comparisons.includes('eager/stock') ? stock.run(program, ['eager']) : undefined,
  ]);
  if (theirs && 'crash' in theirs) {
    return { findings: [], invalid: `tfjs-node alone ended by ${theirs.crash}` };
  }
  if ('crash' in mine) {
    return { findings: [crashed(mine, compiles ? 'compiled/eager' : 'eager/stock')] };
  }
  const reference = (theirs ?? mine).eager!;
  const findings: Finding[] = [];
  if (theirs) findings.push(...compared('eager/stock', withoutLeft(mine.eager!), withoutLeft(theirs.eager!)));
  let refused: string | undefined;
  if (mine.compiled) {
    const error = mine.compiled.error?.message;
    const found = compared('compiled/eager', mine.compiled, mine.eager!);
    if (error !== undefined && !mine.eager!.error && program.tables.length > 0 && REFUSAL.test(error)) {
      refused = error;
    } else findings.push(...found);
  }
  if (findings.length === 0 && reference.error) return { findings, invalid: reference.error.message };
  if (findings.some(({ what }) => what === 'value') && (await unstable(program, theirs ? stock : ours, reference))) {
    return { findings: [], unstable: true };
  }
  return { findings, ...(refused !== undefined && { refused }) };
} // prettier-ignore

/** The two processes need not count tensors alike. */
const withoutLeft = (outcome: Outcome): Outcome => ({ ...outcome, left: [0, 0] });

function compared(comparison: Comparison, found: Outcome, expected: Outcome): Finding[] {
  const apart = difference(found, expected);
  return apart ? [{ comparison, ...apart }] : [];
}

function crashed({ crash, before }: Crash, comparison: Comparison): Finding {
  return { comparison, what: 'crash', at: 'somewhere', detail: `the process ended by ${crash}`, before };
}

/**
 * Whether rounding alone can change the program's results: every rounded result is shaken by up to 2^-21 (Monte Carlo
 * arithmetic, Parker 1997). The generator avoids such programs; those that it overlooks are set aside here.
 */
async function unstable(program: Program, where: Child, reference: Outcome): Promise<boolean> {
  const answer: Answer | Crash = await where.run(program, ['noise']);
  if ('crash' in answer) return true;
  const { shown, error } = answer.noise!;
  if (error) return true;
  return shown.some(({ values, dtype }, i) => {
    const distance = distanceOf(values, reference.shown[i % reference.shown.length]!.values);
    return distance > (dtype === 'float32' ? LIMIT : 0);
  });
}
