import { candidates } from './candidates.js';
import { check } from './kinds.js';
import type { Program } from './program.js';

/**
 * The smallest program that still shows what a larger one did: tries what is smaller in one way (delta debugging by
 * structure), keeps it where `shows` says so, until nothing is.
 *
 * @param tries how often `shows` may be asked
 */
export async function shrink(
  program: Program,
  shows: (candidate: Program) => Promise<boolean>,
  tries = 600,
): Promise<Program> {
  let best = program;
  for (let progress = true; progress;) {
    progress = false;
    // After a success what comes next is tried; what failed before is tried again in the next round.
    for (let at = 0, next: Program | undefined; (next = candidateAt(best, at));) {
      if (!wellFormed(next)) {
        at++;
        continue;
      }
      if (tries-- <= 0) return best;
      if (await shows(next)) {
        best = next;
        progress = true;
      } else at++;
    }
  }
  return best;
}

function candidateAt(program: Program, index: number): Program | undefined {
  for (const candidate of candidates(program)) if (index-- === 0) return candidate;
  return undefined;
}

function wellFormed(program: Program): boolean {
  try {
    check(program);
    return true;
  } catch {
    return false;
  }
}
