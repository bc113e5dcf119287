import { expect } from 'chai';
import { soloGroup, type Group } from '../../../src/distributed/index.js';
import { Failure, InvalidInput } from '../../../src/errors.js';
import { fromFirst } from '../../../src/train/group/index.js';

/** Two ranks whose values meet, as JSON. */
function pair(): [Group, Group] {
  const values: unknown[] = [];
  const arrivals: (() => void)[] = [];
  const both = Promise.all([0, 1].map(() => new Promise<void>((resolve) => arrivals.push(resolve))));
  const of = (rank: number): Group => ({
    ...soloGroup(),
    rank,
    size: 2,
    async gather<T>(value: T) {
      values[rank] = value;
      arrivals[rank]!();
      await both;
      return JSON.parse(JSON.stringify(values)) as T[];
    },
  });
  return [of(0), of(1)];
}

describe('what rank 0 finds', () => {
  const onBoth = <T>(find: () => Promise<T>): Promise<PromiseSettledResult<T>[]> =>
    Promise.allSettled(pair().map((group) => fromFirst(group, find)));

  it('is asked of it alone and known to all', async () => {
    let asked = 0;
    const found = await onBoth(() => Promise.resolve(++asked));
    expect(found).to.deep.equal([
      { status: 'fulfilled', value: 1 },
      { status: 'fulfilled', value: 1 },
    ]);
  });

  it('may be nothing', async () => {
    const found = await onBoth(() => Promise.resolve(undefined));
    expect(found).to.deep.equal([
      { status: 'fulfilled', value: undefined },
      { status: 'fulfilled', value: undefined },
    ]);
  });

  for (const Kind of [InvalidInput, Failure]) {
    it(`is the same ${Kind.name} for all where it cannot`, async () => {
      const found = await onBoth(() =>
        Promise.reject(new Kind('data.train: expected a folder, found a pipe')),
      );
      for (const outcome of found) {
        const reason = (outcome as PromiseRejectedResult).reason as Error;
        expect(reason).to.be.instanceOf(Kind);
        expect(reason.message).to.equal('data.train: expected a folder, found a pipe');
      }
    });
  }

  it('keeps the error itself on rank 0, with its stack', async () => {
    const bug = new TypeError('x is not a function');
    const [first, other] = (await onBoth(() => Promise.reject(bug))) as PromiseRejectedResult[];
    expect(first!.reason).to.equal(bug);
    expect(other!.reason).to.be.instanceOf(Failure);
  });
});
