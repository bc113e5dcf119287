import { expect } from 'chai';
import { failureOf } from '../../../src/distributed/launch/index.js';

describe('a worker that fails', () => {
  const ended = { rank: 1, code: null, signal: 'SIGKILL' as const, said: ['left out: text.png'] };
  const sentence = (how: object): string =>
    failureOf({ ...ended, ...how }, 2, 'images.1-of-2.jsonl, after 3 images', 'the same command').message;
  const rest = 'the others were stopped, what is done is kept, and the same command goes on';

  it('is named with what it was at and why it ended', () => {
    const name = 'rank 1 of 2 (images.1-of-2.jsonl, after 3 images)';
    expect(sentence({})).to.equal(`${name} was ended by SIGKILL: left out: text.png; ${rest}`);
    expect(sentence({ silence: 60 })).to.equal(
      `${name} was frozen (no sign of life for 60 s) and has been ended; ${rest}`,
    );
    expect(sentence({ code: 1, signal: null, said: ['camtune: no space left'] })).to.equal(
      `${name} failed with status 1: no space left; ${rest}`,
    );
  });
});
