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
    // From the start again after each success: what was impossible may have become possible.
    for (const candidate of candidates(best)) {
      if (!wellFormed(candidate)) continue;
      if (tries-- <= 0) return best;
      if (!(await shows(candidate))) continue;
      best = candidate;
      progress = true;
      break;
    }
  }
  return best;
} // prettier-ignore

function wellFormed(program: Program): boolean {
  try {
    check(program);
    return true;
  } catch {
    return false;
  }
}
