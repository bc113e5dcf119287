import { expect } from 'chai';
import { connect } from 'node:net';
import { startHub } from '../../src/distributed/control/hub.mjs';
import { newMarks } from '../../src/distributed/control/marks.mjs';
import type { Loss, ToRank } from '../../src/distributed/control/messages.js';
import { readLines, writeLine } from '../../src/distributed/lines.mjs';
import { freePlace } from './ranks.js';

const about = { secret: 'hush', version: '1.0.0-abc' };

/** What a rank 0 of two answers to a hello, and what it says when it no longer waits. */
async function turnedAway(hello: object, join: number): Promise<{ refused?: string; lost: Loss }> {
  const { addresses, control } = await freePlace(2);
  const port = Number(control!.split(':')[1]);
  const data = { ...about, rank: 0, addresses, control: { host: '127.0.0.1', port }, join, silence: 20, reduce: 0, grace: 1, engine: '', marks: newMarks() }; // prettier-ignore
  const told: { refused?: string } = {};
  let isOver = false;
  const lost = new Promise<Loss>((resolve) => {
    startHub(data, resolve).onMessage = (said) => said.kind === 'lost' && resolve(said);
  });
  const call = (): void => {
    const socket = connect(port, '127.0.0.1', () =>
      writeLine(socket, { kind: 'hello', rank: 1, size: 2, ...about, ...hello }),
    );
    socket.on('error', () => isOver || setTimeout(call, 20));
    readLines(socket, (said) => void Object.assign(told, { refused: (said as ToRank & { reason: string }).reason })); // prettier-ignore
  };
  call();
  const loss = await lost;
  isOver = true;
  return { lost: loss, ...told };
}

describe('rank 0 turns away, and says so when nobody else comes,', () => {
  for (const [what, hello, reason] of [
    ['another camtune', { version: '1.0.1-abc' }, 'it runs camtune 1.0.1-abc, rank 0 runs 1.0.0-abc'],
    ['an older one', { version: undefined }, 'it runs camtune of another version, rank 0 runs 1.0.0-abc'],
    ['a rank of more', { size: 3 }, 'it belongs to a group of 3 ranks, this one has 2'],
    ['another secret', { secret: 'x', version: 'y' }, 'its secret is another one'],
  ] as const)
    it(what, async () => {
      let answer: Awaited<ReturnType<typeof turnedAway>> = { lost: { reason: '' } };
      // On a busy machine rank 0 may have to wait longer until it hears of the other one.
      for (let join = 1; join < 100 && answer.refused === undefined; join *= 4)
        answer = await turnedAway(hello, join);
      expect(answer.refused).to.equal(reason);
      expect(answer.lost.rank).to.equal(1);
      expect(answer.lost.reason).to.match(
        /^rank 1 \(127\.0\.0\.1:\d+\) has not joined within \d+ s; a process was/,
      );
      expect(answer.lost.reason).to.include(`turned away: ${reason}`);
    });
});
