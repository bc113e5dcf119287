import { readFileSync } from 'node:fs';
import { joinGroup } from '../../../src/distributed/index.js';
import { endWithParent, launch } from '../../../src/distributed/launch/index.js';
import { findPlace } from '../../../src/distributed/place/index.js';
import { train, type Recipe } from '../../../src/train/index.js';

/** A run that all processes of a group make together. */
export interface Job {
  recipe: Recipe;
  runFolder: string;
  resume?: boolean;
  /** The rank that is asked to stop after a step. */
  stop?: { rank: number; step: number };
}

// program.ts parent SIZE JOBS: starts workers that do the jobs of a JSON file, one after the other.
const [role, size = '1', jobs = size] = process.argv.slice(2);

if (role === 'parent') {
  process.exitCode = await launch({
    size: Number(size),
    restarts: 0,
    argsOf: () => ['worker', jobs],
    grace: 1000,
    log: (line) => process.stderr.write(`${line}\n`),
  });
} else await work(JSON.parse(readFileSync(jobs, 'utf8')) as Job[]);

async function work(jobs: Job[]): Promise<void> {
  endWithParent(process.env);
  const group = await joinGroup(findPlace(process.env)!);
  for (const { stop, recipe, ...options } of jobs) {
    const onStep = (step: number): void => {
      if (stop?.rank === group.rank && stop.step === step) process.emit('SIGTERM', 'SIGTERM');
    };
    const log = (line: string): void => void process.stderr.write(`${line}\n`);
    await train(recipe, { ...options, group, onStep, log });
    process.exitCode = 0;
  }
  await group.leave();
}
