import { readFileSync } from 'node:fs';
import { joinGroup } from '../../../src/distributed/index.js';
import { endWithParent, launch } from '../../../src/distributed/launch/index.js';
import { findPlace } from '../../../src/distributed/place/index.js';
import { Failure } from '../../../src/errors.js';
import { train, type Recipe } from '../../../src/train/index.js';

/** A run that all processes of a group make together. */
export interface Job {
  recipe: Recipe;
  runFolder: string;
  resume?: boolean;
  /** The rank that gets a signal after a step; by SIGTERM it is asked to stop. Only at the first start. */
  strike?: { rank: number; step: number; signal: NodeJS.Signals };
}

export interface Work {
  /** One after the other. */
  jobs: Job[];
  /** How often all is begun again after a failure; then the jobs resume. Default 0. */
  restarts?: number;
  /** Seconds without a sign of life after which a rank is lost. Default: the usual. */
  silence?: number;
}

// program.ts parent SIZE FILE: starts workers that do the work in a JSON file. program.ts worker RESTART FILE: one of them.
const [role, count = '', file = ''] = process.argv.slice(2);
const work = JSON.parse(readFileSync(file, 'utf8')) as Work;

if (role === 'parent') {
  process.exitCode = await launch({
    size: Number(count),
    restarts: work.restarts ?? 0,
    argsOf: (restart) => ['worker', String(restart), file],
    grace: 1000,
    log: (line) => process.stderr.write(`${line}\n`),
  });
} else {
  await doJobs(Number(count)).catch((error: unknown) => {
    process.stderr.write(error instanceof Failure ? `camtune: ${error.message}\n` : `${String(error)}\n`);
    process.exit(1);
  });
}

async function doJobs(restart: number): Promise<void> {
  endWithParent(process.env);
  const { jobs, silence } = work;
  const group = await joinGroup(findPlace(process.env)!, silence === undefined ? {} : { silence });
  for (const { strike, recipe, runFolder, resume = restart > 0 } of jobs) {
    const onStep = (step: number): void => {
      process.send?.({ step });
      if (restart > 0 || strike?.rank !== group.rank || strike.step !== step) return;
      if (strike.signal === 'SIGTERM') process.emit('SIGTERM', 'SIGTERM');
      else process.kill(process.pid, strike.signal);
    };
    const log = (line: string): void => void process.stderr.write(`${line}\n`);
    await train(recipe, { runFolder, resume, group, onStep, log });
    process.exitCode = 0;
  }
  await group.leave();
}
