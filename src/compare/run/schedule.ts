import type { PlannedRun } from '../plan/plan.js';

/** What one of several processes does next: looks at what all runs have in common, or makes a run. */
export type Job = { look: number } | { run: PlannedRun };

/** Hands out the runs of a comparison to the processes that ask. */
export interface Schedule {
  /** @param ask receives the next job of a process, maybe later; null where nothing is left for it */
  next(rank: number, ask: (job: Job | null) => void): void;
  /** The process has looked: the runs can begin. */
  looked(): void;
}

/**
 * One process looks first, if anything is to be looked at, while the others wait: what is wrong with a new arm is said
 * before the first run, and what all runs are compared with is measured once. Then whoever is free has the next run;
 * with draws, one of the draw whose images it has looked at, or of one that nobody is at.
 *
 * @param runs that have no result, in their order
 * @param look whose seed is looked at first; undefined where that was done
 */
export function openSchedule(
  runs: readonly PlannedRun[],
  { look, draws }: { look: number | undefined; draws: boolean },
): Schedule {
  let left = [...runs];
  let waiting: { rank: number; ask: (job: Job | null) => void }[] = [];
  let state: 'before' | 'looking' | 'running' = look === undefined ? 'running' : 'before';
  const seeds = new Map<number, number>();
  const chosen = (rank: number): PlannedRun | undefined => {
    if (!draws) return left[0];
    const others = new Set([...seeds].flatMap(([other, seed]) => (other === rank ? [] : [seed])));
    return (
      left.find(({ seed }) => seed === seeds.get(rank)) ??
      left.find(({ seed }) => !others.has(seed)) ??
      left[0]
    );
  };
  const schedule: Schedule = {
    next(rank, ask) {
      if (state === 'looking') return void waiting.push({ rank, ask });
      if (state === 'before') {
        state = 'looking';
        seeds.set(rank, look!);
        return ask({ look: look! });
      }
      const run = chosen(rank);
      if (!run) return ask(null);
      left = left.filter((other) => other !== run);
      seeds.set(rank, run.seed);
      ask({ run });
    },
    looked() {
      state = 'running';
      const asking = waiting;
      waiting = [];
      asking.forEach(({ rank, ask }) => schedule.next(rank, ask));
    },
  };
  return schedule;
}
