import { spawnSync } from 'node:child_process';
import type { Timing } from './timing.js';

/** A program that times one thing and prints its timing. */
export interface Contestant {
  program: string;
  args: string[];
}

/** A TypeScript file as a program. */
export function script(file: string, args: string[]): Contestant {
  return { program: process.execPath, args: ['--import', 'tsx', file, ...args] };
}

/**
 * Runs programs in turn, so that all of them meet the same load of the machine. Every timing goes to stderr.
 *
 * @returns the best of each, the clock's and the processor's by themselves
 * @throws with what it wrote, when one fails
 */
export function inTurn(contestants: readonly Contestant[], rounds: number): Timing[] {
  const timings = contestants.map((): Timing[] => []);
  for (let round = 0; round < rounds; round++) {
    contestants.forEach((contestant, index) => timings[index]!.push(run(contestant)));
  }
  return timings.map((all) => {
    const best = all.reduce((a, b) => (b.msPerImage < a.msPerImage ? b : a));
    return { ...best, cpuMsPerImage: Math.min(...all.map(({ cpuMsPerImage }) => cpuMsPerImage ?? NaN)) };
  });
}

function run({ program, args }: Contestant): Timing {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${status}\n${stderr}`);
  console.error(`${args.filter((arg) => arg !== '--import' && arg !== 'tsx').join(' ')}: ${stdout.trim()}`);
  return JSON.parse(stdout) as Timing;
}
