import { expect } from 'chai';
import { readAhead } from '../../src/data/read-ahead.js';
import { collect } from './folder.js';

/** Jobs that note what is asked of them. */
function noted(from: number, to: number, log: string[]): Parameters<typeof readAhead<number>>[0] {
  return {
    from,
    to,
    prepare: (number) => Promise.resolve(log.push(`prepare ${number}`)),
    start: (number) => (log.push(`start ${number}`), Promise.resolve(number)),
  };
}

describe('readAhead', () => {
  it('yields results in order, whichever is ready first', async () => {
    const jobs = { ...noted(0, 4, []), start: (n: number) => new Promise<number>((ready) => setTimeout(ready, 9 - 2 * n, n)) };
    expect(await collect(readAhead(jobs, 2))).to.deep.equal([0, 1, 2, 3]);
  });

  it('has started the next ones when it yields, and no more', async () => {
    const log: string[] = [];
    const results = readAhead(noted(3, 20, log), 2);
    await results.next();
    expect(log.filter((line) => line.startsWith('start'))).to.deep.equal(['start 3', 'start 4', 'start 5']);
    await results.next();
    expect(log.at(-1)).to.match(/prepare/);
    expect(log.filter((line) => line.startsWith('start'))).to.have.length(4);
  });

  it('prepares a job long before it starts it', async () => {
    const log: string[] = [];
    await collect(readAhead(noted(0, 9, log), 2));
    for (let number = 0; number < 9; number++)
      expect(log.indexOf(`prepare ${number}`)).to.be.within(0, log.indexOf(`start ${Math.max(0, number - 2)}`));
  });

  it('starts one at a time with nothing ahead, and has nothing to do for no jobs', async () => {
    const log: string[] = [];
    const results = readAhead(noted(0, 3, log), 0);
    await results.next();
    expect(log).to.deep.equal(['prepare 0', 'start 0']);
    expect(await collect(readAhead(noted(2, 2, log), 3))).to.deep.equal([]);
  });
});
