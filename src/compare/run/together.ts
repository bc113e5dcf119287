import { lockFolder } from '../../files/lock.js';
import { stopStatus } from '../../process/stop.js';
import { tellParent } from '../../process/tell-parent.js';
import type { Recipe } from '../../train/recipe/index.js';
import { withEqualCost } from './compare.js';
import type { PlannedRun } from '../plan/plan.js';
import type { CompareOptions } from './prepare.js';
import { openRunner } from './runner.js';
import { openSchedule, type Job } from './schedule.js';
import type { ComparisonPlan } from '../types.js';
import { workLeft } from './work-left.js';

/** What a worker tells. */
type WorkerMessage =
  | { ask: true }
  | { looked: true }
  | { measured: { arm: string; seed: number } }
  /** What is going on, for the progress. */
  | { at: string }
  | { line: string };

/** Whom a comparison in several processes tells. */
export interface TogetherOptions extends Pick<CompareOptions, 'folder' | 'log' | 'progress' | 'onResult'> {
  /** Of this program, the same for all processes. */
  args: readonly string[];
}

/**
 * Lets several processes make the runs of a comparison, each run whole in one of them. While the first seed's times say
 * what equal cost is, one process makes its runs, with the whole machine, as if it were alone.
 *
 * @param plan as openComparison gives it
 * @returns whether all is done; else it was stopped, and the exit status says so
 * @throws what a worker failed with, named; Failure where another process is at work in the folder
 */
export async function compareTogether(
  size: number,
  plan: ComparisonPlan<Recipe>,
  options: TogetherOptions,
): Promise<boolean> {
  const lock = await lockFolder(options.folder);
  try {
    if (!(await runAll(plan.control === null ? 1 : size, plan, options))) return false;
    const extended = await withEqualCost(plan, options);
    return extended === plan || (await runAll(size, extended, options));
  } finally {
    await lock.release();
  }
}

async function runAll(
  most: number,
  plan: ComparisonPlan<Recipe>,
  { folder, args, progress, onResult }: TogetherOptions,
): Promise<boolean> {
  const { failureOf, shareOut } = await import('../../distributed/launch/index.js');
  const { runs, untried, isWhole } = await workLeft(folder, plan);
  if (isWhole) return true;
  const left = runs.filter(({ result }) => !result);
  const size = Math.max(1, Math.min(most, left.length));
  const [first] = runs;
  const schedule = openSchedule(left, {
    look: untried.length > 0 || left.length === 0 ? first!.seed : undefined,
    draws: plan.draws,
  });
  const at = new Map<number, { run: string; now: string }>();
  let done = runs.length - left.length;
  let written = Promise.resolve();
  const shown = progress({ label: 'compare', total: runs.length, unit: 'runs' });
  const show = (): void => {
    const now = [...at.values()].filter(({ run }) => run !== '').map((each) => [each.run, each.now] as const);
    shown.update(done, Object.fromEntries(now));
  };
  try {
    const { stopped, failed } = await shareOut({
      size,
      args,
      grace: 60_000,
      onMessage: (rank, message, answer) => {
        const told = message as WorkerMessage;
        if ('ask' in told) {
          schedule.next(rank, (job) => {
            at.set(rank, { run: job ? nameOf(job) : '', now: '' });
            if (job && 'run' in job) shown.log(`${nameOf(job)}: begins on rank ${rank} of ${size}`);
            answer({ job });
          });
        } else if ('looked' in told) schedule.looked();
        else if ('line' in told) shown.log(`${at.get(rank)?.run ?? 'images'}: ${told.line}`);
        else if ('at' in told) at.set(rank, { run: at.get(rank)?.run ?? '', now: told.at });
        else {
          done++;
          written = written.then(() => onResult?.());
        }
        show();
      },
    });
    await written;
    if (stopped) {
      process.exitCode = stopStatus(stopped);
      return false;
    }
    if (failed) throw failureOf(failed, size, at.get(failed.rank)?.run || 'before its first run', 'the same command'); // prettier-ignore
    return true;
  } finally {
    shown.finish();
  }
}

/** In a worker: makes the runs that the parent hands out, until there is none or it is stopped. */
export async function compareAsked(
  plan: ComparisonPlan<Recipe>,
  size: number,
  where: Pick<CompareOptions, 'folder' | 'baseFolder'>,
): Promise<void> {
  let last = '';
  const watch = ({ label, total }: { label: string; total: number }) => {
    const at = (now: string): void => {
      if (now !== last) tellParent({ at: now } satisfies WorkerMessage);
      last = now;
    };
    return {
      update: (done: number) => at(`${label} ${Math.floor((100 * done) / total)} %`),
      log: (line: string) => tellParent({ line } satisfies WorkerMessage),
      finish: () => undefined,
    };
  };
  const options: CompareOptions = {
    ...where,
    log: (line) => tellParent({ line } satisfies WorkerMessage),
    progress: watch,
    ...(size > 1 && { processes: size }),
  };
  const { untried } = await workLeft(where.folder, plan);
  const runner = openRunner(plan, options);
  try {
    for (let job = await nextJob(); job; job = await nextJob()) {
      if ('look' in job) {
        if (!(await runner.look(job.look, untried))) return;
        tellParent({ looked: true } satisfies WorkerMessage);
      } else {
        const { arm, seed } = job.run;
        if (!(await runner.run(job.run))) return;
        tellParent({ measured: { arm, seed } } satisfies WorkerMessage);
      }
    }
  } finally {
    // Nothing is asked any more: the channel would keep this process.
    if (process.connected) process.disconnect();
  }
}

function nextJob(): Promise<Job | null> {
  return new Promise((resolve) => {
    process.once('message', ({ job }: { job: Job | null }) => resolve(job));
    tellParent({ ask: true } satisfies WorkerMessage);
  });
}

function nameOf(job: { look: number } | { run: PlannedRun }): string {
  return 'run' in job ? `${job.run.arm} ${job.run.seed}` : 'images';
}
