import net from 'node:net';
import { Failure } from '../../errors.js';
import { parseAddress } from '../address.js';
import { call } from '../call.mjs';
import { listen } from '../listen.mjs';
import { greet, receiveGreeting } from './handshake.js';

export interface RingPlace {
  rank: number;
  /** host:port of every rank, in the order of ranks: the rank listens there. */
  addresses: readonly string[];
  /** What only ranks of this group know. */
  key: string;
  /** Seconds that the neighbors have to come. */
  patience: number;
  /** Resolves when every rank listens. */
  allListen: () => Promise<unknown>;
}

/** Connections to the neighbors in the ring. */
export interface RingConnections {
  next: number;
  previous: number;
  /** Closes these: who needs them has copies of the descriptors. */
  close(): void;
}

/**
 * Connects a rank with the next one, and the one before with it. Both sides prove that they belong to the group before
 * anything else is said; afterwards nobody listens any more.
 *
 * @returns descriptors of the sockets
 * @throws Failure where it cannot listen, or a neighbor cannot be reached or does not come
 */
export async function connectRing(place: RingPlace): Promise<RingConnections> {
  const { rank, addresses, key, patience } = place;
  const size = addresses.length;
  const [next, previous] = [(rank + 1) % size, (rank + size - 1) % size];
  const name = (other: number): string => `rank ${other} (${addresses[other]})`;
  const opened = new Set<net.Socket>();
  const close = (): void => opened.forEach((socket) => void socket.destroy());
  const server = net.createServer();
  try {
    const comes = new Promise<net.Socket>((resolve) => {
      server.on('connection', (socket: net.Socket) => {
        opened.add(socket);
        socket.on('close', () => opened.delete(socket));
        void receiveGreeting(socket, { key, rank, previous }).then((known) => known && resolve(known));
      });
    });
    await listen(server, parseAddress(`addresses[${rank}]`, addresses[rank]!)).catch((error: Error) => {
      throw new Failure(
        `rank ${rank}: cannot listen at ${addresses[rank]} (${error.message}); is the port in use?`,
      );
    });
    await place.allListen();
    const goes = dial(addresses[next]!, patience, opened, (socket) => greet(socket, { key, rank, next }));
    const [to, from] = await Promise.all([
      goes.then((socket) => socket ?? fail(`${name(rank)} cannot reach ${name(next)} within ${patience} s`)),
      within(comes, patience).then(
        (socket) => socket ?? fail(`${name(previous)} has not reached ${name(rank)} within ${patience} s`),
      ),
    ]);
    return { next: descriptorOf(to), previous: descriptorOf(from), close };
  } catch (error) {
    close();
    throw error;
  } finally {
    server.close();
  }
}

/** Tries again until the other side knows us, or the time is over. */
async function dial(
  address: string,
  patience: number,
  opened: Set<net.Socket>,
  introduce: (socket: net.Socket) => Promise<net.Socket | undefined>,
): Promise<net.Socket | undefined> {
  const end = Date.now() + patience * 1000;
  for (let attempt = 0; Date.now() < end; attempt++) {
    const socket = await call(parseAddress('addresses', address), attempt, end - Date.now());
    if (socket) {
      opened.add(socket);
      socket.on('close', () => opened.delete(socket));
      const known = await within(introduce(socket), (end - Date.now()) / 1000);
      if (known) return known;
      socket.destroy();
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return undefined;
}

async function within<T>(promise: Promise<T>, seconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), seconds * 1000);
  });
  return Promise.race([promise, over]).finally(() => clearTimeout(timer));
}

function fail(reason: string): never {
  throw new Failure(reason);
}

/** A field of Node's that its types hide. */
function descriptorOf(socket: net.Socket): number {
  return (socket as unknown as { _handle: { fd: number } })._handle.fd;
}
