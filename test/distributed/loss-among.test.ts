import { expect } from 'chai';
import { lossAmong } from '../../src/distributed/control/loss-among.mjs';
import { markStep, newMarks } from '../../src/distributed/control/marks.mjs';
import type { Activity, Member } from '../../src/distributed/control/messages.js';

describe('what is wrong with a group', () => {
  const marks = newMarks();
  markStep(marks, 9);
  const group = { addresses: ['a:1', 'b:2', 'c:3'], join: 60, silence: 20, reduce: 100, marks };
  const at = { now: 1000, isLate: false, refused: '' };
  const member = (
    given: { heard?: number; since?: number; step?: number; activity?: Activity } = {},
  ): Member => {
    const { heard = 1000, since = 1000, step = 7, activity = 'computing' } = given;
    return { deliver: () => undefined, heard, since, sign: { step, activity, changes: 0 } };
  };

  it('is nothing, while all are there or may still come', () => {
    expect(lossAmong([member(), member(), member()], group, at)).to.equal(undefined);
    expect(lossAmong([member(), undefined, undefined], group, at)).to.equal(undefined);
  });

  it('is who has not come in time, and why somebody was turned away', () => {
    const late = { ...at, isLate: true, refused: '; a process was turned away: so it is' };
    expect(lossAmong([member(), undefined, undefined], group, late)).to.deep.equal({
      reason: 'rank 1 (b:2), rank 2 (c:3) have not joined within 60 s; a process was turned away: so it is',
      rank: 1,
    });
    expect(lossAmong([member(), member(), member()], group, late)).to.equal(undefined);
  });

  it('is who gives no sign of life, with the step that it has told, or else that of rank 0', () => {
    expect(lossAmong([member({ heard: 0 }), member(), member({ heard: 979 })], group, at)).to.deep.equal({
      reason: 'rank 2 (c:3) is lost: no sign of life for 20 s; it had reached step 7',
      rank: 2,
    });
    expect(lossAmong([member(), member({ heard: 979, step: -1 })], group, at)?.reason).to.contain(
      'for 20 s; rank 0 had reached step 9',
    );
  });

  it('is who keeps the others waiting, unless they wait for ever', () => {
    const members = [member({ since: 899 }), member({ since: 899, activity: 'apart', step: 6 })];
    expect(lossAmong(members, group, at)).to.deep.equal({
      reason:
        'rank 1 (b:2) does not come: it has been busy between steps for 100 s, while rank 0 (a:1) waits in a step; it had reached step 6',
      rank: 1,
    });
    expect(lossAmong(members, { ...group, reduce: 0 }, at)).to.equal(undefined);
  });
});
