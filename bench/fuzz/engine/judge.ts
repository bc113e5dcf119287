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

/** By how many times what noise does a result may be off: it does not reach what is rounded within an operation. */
const MARGIN = 8;

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
  const error = mine.compiled?.error;
  const isRefused = error && !mine.eager!.error && program.tables.length > 0 && REFUSAL.test(error.message);
  const compare = (limit?: number): Finding[] => [
    ...(theirs ? compared('eager/stock', withoutLeft(mine.eager!), withoutLeft(theirs.eager!), limit) : []),
    ...(mine.compiled && !isRefused ? compared('compiled/eager', mine.compiled, mine.eager!, limit) : []),
  ];
  let findings = compare();
  if (findings.length === 0 && reference.error) return { findings, invalid: reference.error.message };
  if (findings.some(({ what }) => what === 'value')) {
    const noise = await noiseOf(program, theirs ? stock : ours, reference);
    findings = noise > LIMIT ? [] : compare(Math.max(LIMIT, MARGIN * noise));
    if (findings.length === 0) return { findings, unstable: true };
  }
  return { findings, ...(isRefused && { refused: error.message }) };
} // prettier-ignore

/** The two processes need not count tensors alike. */
const withoutLeft = (outcome: Outcome): Outcome => ({ ...outcome, left: [0, 0] });

function compared(comparison: Comparison, found: Outcome, expected: Outcome, limit?: number): Finding[] {
  const apart = difference(found, expected, limit);
  return apart ? [{ comparison, ...apart }] : [];
}

function crashed({ crash, before }: Crash, comparison: Comparison): Finding {
  return { comparison, what: 'crash', at: 'somewhere', detail: `the process ended by ${crash}`, before };
}

/**
 * How far the program's results move when every rounded one is shaken by up to 2^-21 (Monte Carlo arithmetic, Parker
 * 1997). The generator avoids programs that turn rounding into more; those that it overlooks are set aside by this.
 */
async function noiseOf(program: Program, where: Child, reference: Outcome): Promise<number> {
  const answer: Answer | Crash = await where.run(program, ['noise']);
  if ('crash' in answer) return Infinity;
  const { shown, error } = answer.noise!;
  if (error) return Infinity;
  const distances = shown.map(({ values, dtype }, i) => {
    const distance = distanceOf(values, reference.shown[i % reference.shown.length]!.values);
    return dtype === 'float32' || distance === 0 ? distance : Infinity;
  });
  return Math.max(0, ...distances);
}
