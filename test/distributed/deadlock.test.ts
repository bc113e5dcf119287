import { expect } from 'chai';
import { deadlock } from '../../src/distributed/control/deadlock.mjs';

type Activity = 'apart' | 'computing' | 'reducing' | 'listening';

describe('ranks that get no further', () => {
  const ranks = (...activities: Activity[]) =>
    activities.map((activity, rank) => ({ rank, name: `rank ${rank}`, activity }));
  const lost = (rank: number, reason: string) => ({ reason, rank });

  it('are told by those who are away', () => {
    expect(deadlock(ranks('computing', 'apart', 'apart'), 9)).to.deep.equal(
      lost(
        1,
        'rank 1, rank 2 do not come: they have been busy between steps for 9 s, while rank 0 waits in a step',
      ),
    );
    expect(deadlock(ranks('apart', 'listening'), 9)).to.deep.equal(
      lost(
        0,
        'rank 0 does not come: it has been busy between steps for 9 s, while rank 1 waits to hear from all',
      ),
    );
  });

  it('may wait for each other in different places', () => {
    expect(deadlock(ranks('listening', 'computing'), 9)).to.deep.equal(
      lost(1, 'rank 1 and rank 0 wait for each other: for 9 s the one in a step, the other to hear from all'),
    );
  });

  it('are told by those who are at work within a step, where others reduce', () => {
    expect(deadlock(ranks('reducing', 'computing', 'reducing'), 9)).to.deep.equal(
      lost(
        1,
        'rank 1 does not come: it has been computing within a step for 9 s, while rank 0 waits there to reduce',
      ),
    );
    expect(deadlock(ranks('reducing', 'apart'), 9)).to.deep.equal(
      lost(1, 'rank 1 does not come: it has been busy between steps for 9 s, while rank 0 waits in a step'),
    );
  });

  it('may be at work, where all do the same', () => {
    for (const activity of ['apart', 'computing', 'reducing', 'listening'] as const)
      expect(deadlock(ranks(activity, activity), 9)).to.equal(undefined);
    expect(deadlock([], 9)).to.equal(undefined);
  });
});
