import { expect } from 'chai';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { call } from '../../src/distributed/call.mjs';
import { listen } from '../../src/distributed/listen.mjs';
import { greet, receiveGreeting } from '../../src/distributed/ring/handshake.js';
import { groups } from '../../src/distributed/buckets.js';
import { mayHaveGpu } from '../../src/tensorflow/native/index.js';
import { freePlace, type RankProcess, startRank } from './ranks.js';
import { needsNative } from '../backend.js';

interface Told {
  checked: number;
  wrong: number;
  hash: string;
  sent: number[][];
  listensAt: number[];
  socketsLeft: number;
}

/** Addresses of this machine. */
const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);

describe('a ring of ranks', () => {
  before(needsNative);

  let started: RankProcess[] = [];
  let told: Told[];
  let controlPort: number;
  before(async () => {
    const place = await freePlace(3);
    controlPort = Number(place.control!.split(':')[1]);
    started = place.addresses.map((_, rank) => startRank('ring', { ...place, rank, secret: 'of the group' }));
    const ends = await Promise.all(started.map(({ ended }) => ended));
    ends.forEach(({ status, errors }) => expect(status, errors).to.equal(0));
    told = ends.map(({ lines }) => lines[0] as Told);
  });
  after(() => started.forEach(({ process }) => process.kill('SIGKILL')));

  it('forms exact sums and means of tensors of any size, in both formats', () => {
    for (const { checked, wrong } of told) {
      expect(checked).to.be.above(2_000_000);
      expect(wrong).to.equal(0);
    }
  });

  it('gives all ranks the same bits', () => {
    expect(new Set(told.map(({ hash }) => hash)).size).to.equal(1);
  });

  it('broadcasts tensors of every type that variables have', () => {
    told.forEach(({ sent }) => expect(sent).to.deep.equal([[0.5], [0], [1], []]));
  });

  it('listens nowhere once it is closed, but for the control of rank 0', () => {
    expect(told.map(({ listensAt }) => listensAt)).to.deep.equal([[controlPort], [], []]);
  });

  it('leaves no socket open', () => {
    told.forEach(({ socketsLeft }) => expect(socketsLeft).to.equal(0));
  });
});

describe('a ring over IPv6', () => {
  before(needsNative);

  it('forms exact sums and means', async function () {
    if (!own.some(({ address }) => address === '::1')) {
      console.log('skipped: this machine has no ::1');
      return this.skip();
    }
    const place = await freePlace(2, '[::1]');
    for (const { ended } of [0, 1].map((rank) => startRank('ring', { ...place, rank }))) {
      const { status, errors, lines } = await ended;
      expect(status, errors).to.equal(0);
      expect(lines[0]).to.include({ wrong: 0, socketsLeft: 0 });
    }
  });
});

describe('a host', () => {
  const named = (...addresses: string[]) => () => Promise.resolve(addresses.map((address) => ({ address }))); // prettier-ignore
  async function listensAt(...addresses: string[]): Promise<string> {
    const server = createServer();
    await listen(server, { host: 'node1', port: 0 }, named(...addresses));
    const { address } = server.address() as { address: string };
    server.close();
    return address === '0.0.0.0' ? '::' : address;
  }

  it('listens everywhere but where its name stands for one address that others can reach', async () => {
    for (const addresses of [['127.0.1.1'], ['::1'], ['192.0.2.1'], ['127.0.1.1', '192.0.2.1']])
      expect(await listensAt(...addresses)).to.equal('::');
    const reached = own.find(({ internal, family }) => !internal && family === 'IPv4')?.address;
    if (reached === undefined) return;
    expect(await listensAt(reached, reached)).to.equal(reached);
    expect(await listensAt(reached, '192.0.2.1')).to.equal('::');
  });

  it('is called at another address at each attempt', async () => {
    const server = createServer().listen(0, '127.0.0.2');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    for (const [attempt, reached] of [undefined, '127.0.0.2', undefined].entries()) {
      const socket = await call({ host: 'node1', port }, attempt, 5000, named('127.0.0.1', '127.0.0.2'));
      expect(socket?.remoteAddress).to.equal(reached);
      socket?.destroy();
    }
    server.close();
  });
});

describe('neighbors in a ring', () => {
  /** Both ends of a connection. */
  async function pair(): Promise<[Socket, Socket]> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const caller = connect((server.address() as { port: number }).port, '127.0.0.1');
    const [called] = (await once(server, 'connection')) as [Socket];
    server.close();
    return [caller, called];
  }
  async function meet(calls: string, called: string, rank = 1): Promise<boolean[]> {
    const [caller, answerer] = await pair();
    const known = await Promise.all([
      greet(caller, { key: calls, rank, next: 2 }),
      receiveGreeting(answerer, { key: called, rank: 2, previous: 1 }),
    ]);
    caller.destroy();
    answerer.destroy();
    return known.map((socket) => socket !== undefined);
  }

  it('know each other by the key of the group', async () => {
    expect(await meet('key', 'key')).to.deep.equal([true, true]);
  });

  it('refuse who has another key, on either side', async () => {
    expect(await meet('key', 'another')).to.deep.equal([false, false]);
  });

  it('refuse another rank', async () => {
    expect(await meet('key', 'key', 0)).to.deep.equal([false, false]);
  });

  it('refuse who sends something else, or an answer heard before', async () => {
    const [first, second] = await pair();
    const heard: string[] = [];
    first.setEncoding('utf8').on('data', (part: string) => heard.push(part));
    second.setEncoding('utf8').on('data', (part: string) => heard.push(part));
    await Promise.all([
      greet(first, { key: 'key', rank: 1, next: 2 }),
      receiveGreeting(second, { key: 'key', rank: 2, previous: 1 }),
    ]);
    first.destroy();
    second.destroy();
    for (const said of ['GET / HTTP/1.1\r\n\r\n', '{}\n{}\n', heard.join('')]) {
      const [stranger, called] = await pair();
      stranger.on('error', () => undefined);
      stranger.write(said);
      expect(await receiveGreeting(called, { key: 'key', rank: 2, previous: 1 })).to.equal(undefined);
      stranger.destroy();
    }
  });
});

describe('tensors that travel together', () => {
  it('are taken from the last one on, whole', () => {
    expect(groups([5, 1, 2, 3, 4], 10)).to.deep.equal([[4, 3, 2, 1], [0]]);
    expect(groups([100, 0, 1], 20)).to.deep.equal([[2, 0]]);
    expect(groups([0, 0], 4)).to.deep.equal([]);
  });
});

describe('a process that may have a GPU', () => {
  it('has a driver, and is not told to see none', () => {
    const driver = (path: string): boolean => path === '/dev/nvidiactl';
    expect(mayHaveGpu({}, driver)).to.equal(true);
    expect(mayHaveGpu({ CUDA_VISIBLE_DEVICES: '1,2' }, driver)).to.equal(true);
    for (const none of ['', '-1', 'NoDevFiles']) {
      expect(mayHaveGpu({ CUDA_VISIBLE_DEVICES: none }, driver)).to.equal(false);
    }
    expect(mayHaveGpu({}, () => false)).to.equal(false);
  });
});
