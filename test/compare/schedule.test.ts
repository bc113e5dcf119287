import { expect } from 'chai';
import { plannedRuns } from '../../src/compare/index.js';
import { openSchedule, type Job } from '../../src/compare/run/schedule.js';

const runs = plannedRuns('', { arms: ['plain', 'lafam', 'rise'], seeds: [1, 2] });
const inWords = (job: Job | null): string =>
  job === null ? 'end' : 'look' in job ? `look ${job.look}` : `${job.run.arm} ${job.run.seed}`;

describe('the schedule of a comparison', () => {
  it('lets one process look while the others wait, then gives whoever is free the next run', () => {
    const schedule = openSchedule(runs.slice(0, 4), { look: 1, draws: false });
    const said: string[] = [];
    const ask = (rank: number): void => schedule.next(rank, (job) => said.push(`${rank}: ${inWords(job)}`));
    ask(1);
    ask(0);
    ask(2);
    expect(said).to.deep.equal(['1: look 1']);
    schedule.looked();
    ask(1);
    ask(0);
    ask(2);
    expect(said.slice(1)).to.deep.equal(['0: plain 1', '2: lafam 1', '1: rise 1', '0: plain 2', '2: end']);
  });

  it('keeps a process at its draw, as long as that has runs', () => {
    const schedule = openSchedule(runs, { look: undefined, draws: true });
    const said: string[] = [];
    const ask = (rank: number): void => schedule.next(rank, (job) => said.push(`${rank}: ${inWords(job)}`));
    [0, 1, 1, 0, 1, 1].forEach(ask);
    expect(said).to.deep.equal([
      '0: plain 1',
      '1: plain 2',
      '1: lafam 2',
      '0: lafam 1',
      '1: rise 2',
      '1: rise 1',
    ]);
  });
});
