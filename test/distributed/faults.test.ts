import { expect } from 'chai';
import { createServer } from 'node:net';
import { checkPlace } from '../../src/distributed/check-place.js';
import { freePlace, type RankProcess, startRank } from './ranks.js';
import { needsNative } from '../backend.js';

describe('a rank that', () => {
  before(needsNative);

  let started: RankProcess[] = [];
  const start = (...given: Parameters<typeof startRank>): RankProcess => {
    const rank = startRank(...given);
    started.push(rank);
    return rank;
  };
  afterEach(async () => {
    started.forEach(({ process }) => process.kill('SIGKILL'));
    await Promise.all(started.map(({ ended }) => ended));
    started = [];
  });

  for (const { size, gpu } of [
    { size: 3, gpu: false },
    { size: 2, gpu: true },
  ]) {
    const over = gpu ? "TensorFlow's collectives" : 'the ring';
    it(`is killed ends the others, which name it, over ${over}`, async () => {
      const place = await freePlace(size);
      const ranks = place.addresses.map((_, rank) => start('endless', { ...place, rank }, { gpu }));
      await Promise.all(ranks.map(({ line }) => line(0)));
      ranks[1]!.process.kill('SIGKILL');
      for (const [rank, { ended }] of ranks.entries()) {
        if (rank === 1) continue;
        const { status, lines, errors } = await ended;
        expect(status, errors).to.equal(1);
        expect(lines[1]).to.have.property('name', 'LostRank');
        expect(message(lines[1])).to.contain(`rank 1 (${place.addresses[1]}) is lost: its process has ended`);
      }
    });
  }

  for (const [what, expected] of [
    [
      'kind',
      /rank [01] \(.+\) (sums|averages) 300 numbers of 4 bytes .*, rank [01] \(.+\) (sums|averages) 300 /,
    ],
    ['size', /rank [01] \(.+\) sums (300|299) numbers of 4 bytes .*, rank [01] \(.+\) sums (300|299) /],
  ] as const) {
    it(`does something else (another ${what}) is named, and nothing is added up`, async () => {
      const place = await freePlace(2);
      const ranks = [0, 1].map((rank) => start('mismatch', { ...place, rank }, {}, what));
      const ends = await Promise.all(ranks.map(({ ended }) => ended));
      for (const { status, lines, errors } of ends) {
        expect(status, errors).to.equal(1);
        expect(message(lines[0])).to.contain('ranks do different things: ').and.match(expected);
      }
    });
  }

  it('freezes ends the others, which name it', async () => {
    const place = await freePlace(2);
    const ranks = [0, 1].map((rank) => start('endless', { ...place, rank }, { silence: 5 }));
    await Promise.all(ranks.map(({ line }) => line(0)));
    ranks[1]!.process.kill('SIGSTOP');
    const { status, lines, errors } = await ranks[0]!.ended;
    expect(status, errors).to.equal(1);
    expect(message(lines[1])).to.contain(`rank 1 (${place.addresses[1]}) is lost: no sign of life for 5 s`);
    // It wakes up in a group that is lost: what lies waiting tells it so.
    ranks[1]!.process.kill('SIGCONT');
    const woken = await ranks[1]!.ended;
    expect(woken.status, woken.errors).to.equal(1);
  });

  for (const [where, waits] of [
    ['step', 'in a step'],
    ['gather', 'to hear from all'],
  ] as const) {
    it(`is busy for ever with something else is named by those who wait for it ${waits}`, async () => {
      const place = await freePlace(2);
      const ranks = [0, 1].map((rank) => start('busy', { ...place, rank }, { reduce: 5 }, where));
      const { status, lines, errors } = await ranks[0]!.ended;
      expect(status, errors).to.equal(1);
      expect(message(lines[1])).to.equal(
        `rank 1 (${place.addresses[1]}) does not come: it has been busy between steps for 5 s, while ` +
          `rank 0 (${place.addresses[0]}) waits ${waits}; it had reached step 3`,
      );
    });
  }

  it('does not get to reducing within a step is named by those who wait there', async () => {
    const place = await freePlace(2);
    const ranks = [0, 1].map((rank) => start('busy', { ...place, rank }, { reduce: 15 }, 'inside'));
    const { status, lines, errors } = await ranks[0]!.ended;
    expect(status, errors).to.equal(1);
    expect(message(lines[1])).to.equal(
      `rank 1 (${place.addresses[1]}) does not come: it has been computing within a step for 15 s, while ` +
        `rank 0 (${place.addresses[0]}) waits there to reduce; it had reached step 3`,
    );
  });

  it('never starts is named', async () => {
    const place = await freePlace(2);
    const first = await start('join', { ...place, rank: 0 }, { join: 1 }).ended;
    expect(first.status, first.errors).to.equal(1);
    expect(message(first.lines[0])).to.equal(`rank 1 (${place.addresses[1]}) has not joined within 1 s`);
    const second = await start('join', { ...place, rank: 1 }, { join: 1 }).ended;
    expect(second.status, second.errors).to.equal(1);
    expect(message(second.lines[0])).to.equal(
      `rank 0 (${place.addresses[0]}) did not answer at ${place.control} within 1 s`,
    );
  });

  it('finds somebody else in the place of rank 0 says so', async () => {
    const place = await freePlace(2);
    const stranger = createServer((socket) => socket.resume()).listen(Number(place.control!.split(':')[1]), '127.0.0.1'); // prettier-ignore
    const { status, lines, errors } = await start('join', { ...place, rank: 1 }, { silence: 2 }).ended;
    stranger.close();
    expect(status, errors).to.equal(1);
    expect(message(lines[0])).to.equal(
      `what answers at ${place.control} is not rank 0 (${place.addresses[0]}): no sign of life for 2 s; is the port in use?`,
    );
  });

  it('does not know the secret is turned away', async () => {
    const place = await freePlace(2);
    start('join', { ...place, rank: 0, secret: 'right' });
    const { status, lines } = await start('join', { ...place, rank: 1, secret: 'wrong' }).ended;
    expect(status).to.equal(1);
    expect(message(lines[0])).to.contain('has turned this rank 1 away: its secret is another one');
  });
});

describe('a place', () => {
  const addresses = ['node1:2222', '[::1]:65000'];

  it('tells where rank 0 waits for the others', () => {
    expect(checkPlace({ rank: 1, addresses })).to.deep.equal({ host: 'node1', port: 3222 });
    expect(checkPlace({ rank: 0, addresses: addresses.toReversed() })).to.deep.equal({
      host: '::1',
      port: 64000,
    });
    expect(checkPlace({ rank: 0, addresses, control: 'a:1' })).to.deep.equal({ host: 'a', port: 1 });
    // Not where another rank listens.
    expect(checkPlace({ rank: 0, addresses: ['a:2222', 'a:3222'] })).to.deep.equal({ host: 'a', port: 3223 });
  });

  it('is checked', () => {
    const wrong = [
      [{ rank: 2, addresses }, 'rank: expected an integer from 0 to 1'],
      [{ rank: 0, addresses: ['a'] }, 'addresses: expected host:port'],
      [{ rank: 0, addresses: ['a:0'] }, 'addresses: expected host:port'],
      [{ rank: 0, addresses: ['a:1', 'a:1'] }, 'addresses: expected another address for each process'],
      [{ rank: 0, addresses, control: '65536' }, 'control: expected host:port'],
    ] as const;
    for (const [place, start] of wrong) {
      expect(() => checkPlace(place)).to.throw(start);
    }
  });
});

function message(line: unknown): string {
  return (line as { message: string }).message;
}
