import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { readLines, writeLine } from '../lines.mjs';

/** Milliseconds that the other side has to prove that it knows the key. */
const PATIENCE = 10_000;

/** What either side says. */
type Said = Partial<Record<'rank' | 'nonce' | 'proof' | 'welcome', unknown>>;

/**
 * The side that connects: it proves that it is the rank `rank` of the group, and wants a proof that the other one is
 * `next`. The key itself does not travel; random numbers of both sides make every proof another one.
 *
 * @returns undefined where the other side is somebody else, or ends the connection
 */
export function greet(
  socket: Socket,
  { key, rank, next }: { key: string; rank: number; next: number },
): Promise<Socket | undefined> {
  const own = nonce();
  const answers = conversation(socket, (said, tell) => {
    if (said.welcome === true) return 'done';
    if (!isProof(said.proof, [key, 'called', rank, next, own, String(said.nonce)])) return 'refused';
    tell({ proof: proof([key, 'calls', rank, next, own, String(said.nonce)]) });
    return 'goes on';
  });
  writeLine(socket, { rank, nonce: own });
  return answers;
}

/**
 * The side that is connected to.
 *
 * @param previous the rank that is expected
 * @returns undefined where it is somebody else, or ends the connection
 */
export function receiveGreeting(
  socket: Socket,
  { key, rank, previous }: { key: string; rank: number; previous: number },
): Promise<Socket | undefined> {
  const own = nonce();
  let theirs: string | undefined;
  return conversation(socket, (said, tell) => {
    if (theirs === undefined) {
      if (said.rank !== previous) return 'refused';
      theirs = String(said.nonce);
      tell({ nonce: own, proof: proof([key, 'called', previous, rank, theirs, own]) });
      return 'goes on';
    }
    if (!isProof(said.proof, [key, 'calls', previous, rank, theirs, own])) return 'refused';
    tell({ welcome: true });
    return 'done';
  });
}

/** Answers lines until one of them decides. */
function conversation(
  socket: Socket,
  answer: (said: Said, tell: (said: Said) => void) => 'goes on' | 'done' | 'refused',
): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const end = (result: Socket | undefined): void => {
      clearTimeout(timer);
      if (!result) socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end(undefined), PATIENCE);
    socket.on('error', () => undefined);
    socket.on('close', () => end(undefined));
    readLines(socket, (message) => {
      const result = answer(message as Said, (said) => writeLine(socket, said));
      if (result !== 'goes on') end(result === 'done' ? socket : undefined);
    });
  });
}

const nonce = (): string => randomBytes(16).toString('hex');

function proof([key, ...about]: readonly [string, ...(string | number)[]]): string {
  return createHmac('sha256', key).update(JSON.stringify(about)).digest('hex');
}

function isProof(given: unknown, expected: readonly [string, ...(string | number)[]]): boolean {
  const [a, b] = [Buffer.from(String(given)), Buffer.from(proof(expected))];
  return a.length === b.length && timingSafeEqual(a, b);
}
