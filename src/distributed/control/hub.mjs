// What rank 0 does for all: it waits for the ranks, collects their values, and notices when one is lost.
import { createHash, timingSafeEqual } from 'node:crypto';
import net from 'node:net';
import { written } from '../call.mjs';
import { clock } from '../clock.mjs';
import { listen } from '../listen.mjs';
import { deadlock } from './deadlock.mjs';
import { readLines, writeLine } from '../lines.mjs';
import { signOf } from './marks.mjs';
import { reached } from './reached.mjs';

/** @typedef {import('./messages.js').ToRank} ToRank */
/** @typedef {import('./messages.js').ToHub} ToHub */
/**
 * @typedef {object} Member
 * @property {(message: ToRank) => void} deliver
 * @property {number} heard when it last gave a sign of life
 * @property {import('./messages.js').Sign} sign
 * @property {number} since when what it does last changed
 */

/** How long what was told to the other ranks is given to leave this process, in milliseconds. */
const LEAVING = 200;

/**
 * @param {import('./messages.js').ThreadData} data
 * @param {(loss: import('./messages.js').Loss) => void} onProblem when it cannot listen
 * @returns {import('./messages.js').Connection} the connection of rank 0 itself
 */
export function startHub(data, onProblem) {
  const { addresses, control, secret, version, join, silence, reduce } = data;
  const size = addresses.length;
  /** @type {(Member | undefined)[]} */
  const members = addresses.map(() => undefined);
  /** @type {Map<number, (string | undefined)[]>} */
  const rounds = new Map();
  const done = new Set();
  let welcomed = false;
  /** Why a process was turned away, the last time. */
  let refused = '';
  let over = false;

  /** @param {ToRank} message */
  const tellAll = (message) => members.forEach((member) => member?.deliver(message));
  /**
   * @param {string} reason
   * @param {number} [rank] that is lost
   */
  const lose = (reason, rank) => {
    if (over) return;
    over = true;
    /** @type {ToRank} */
    const message = { kind: 'lost', reason, rank };
    const [own, ...others] = members;
    others.forEach((member) => member?.deliver(message));
    // Rank 0 may end its process as soon as it hears of it, and would then be named in place of the rank that is lost.
    setTimeout(() => own?.deliver(message), LEAVING);
    server.close();
  };
  /** @param {number} rank */
  const name = (rank) => `rank ${rank} (${addresses[rank]})`;
  /** @param {number} told */
  const howFar = (told) => reached(told, 0, signOf(data.marks).step);

  /**
   * @param {number} rank
   * @param {Exclude<ToHub, { kind: 'hello' }>} message
   */
  const take = (rank, message) => {
    const member = members[rank];
    if (!member) return;
    member.heard = time.now();
    switch (message.kind) {
      case 'alive':
        if (message.changes !== member.sign.changes) member.since = time.now();
        member.sign = message;
        return;
      case 'value': {
        const values = rounds.get(message.round) ?? addresses.map(() => undefined);
        values[rank] = message.value;
        rounds.set(message.round, values);
        const all = values.flatMap((value) => (value === undefined ? [] : [value]));
        if (all.length < size) return;
        rounds.delete(message.round);
        return tellAll({ kind: 'values', round: message.round, values: all });
      }
      case 'failed':
        return lose(`${name(rank)} failed: ${message.reason}${howFar(message.step)}`, rank);
      case 'done':
        done.add(rank);
        if (done.size < size) return;
        over = true;
        tellAll({ kind: 'parted' });
        server.close();
    }
  };

  /**
   * @param {number} rank
   * @param {(message: ToRank) => void} deliver
   */
  const admit = (rank, deliver) => {
    const now = time.now();
    members[rank] = { deliver, heard: now, since: now, sign: { step: -1, activity: 'apart', changes: 0 } };
    if (!members.every((member) => member)) return;
    welcomed = true;
    tellAll({ kind: 'welcome' });
  };

  /** @param {ToHub & { kind: 'hello' }} hello */
  const objection = (hello) => {
    if (!sameSecret(hello.secret, secret)) return 'its secret is another one';
    if (hello.version !== version)
      return `it runs camtune ${hello.version ?? 'of another version'}, rank 0 runs ${version}`;
    if (hello.size !== size) return `it belongs to a group of ${hello.size} ranks, this one has ${size}`;
    if (!Number.isInteger(hello.rank) || hello.rank < 1 || hello.rank >= size)
      return `there is no rank ${hello.rank}`;
    return members[hello.rank] ? `there is a rank ${hello.rank} already` : undefined;
  };

  const server = net.createServer((socket) => {
    /** @type {number | undefined} */
    let rank;
    const stranger = setTimeout(() => rank === undefined && socket.destroy(), 10_000);
    stranger.unref();
    socket.on('error', () => undefined);
    readLines(socket, (given, takeLongLines) => {
      const message = /** @type {ToHub} */ (given);
      if (message.kind !== 'hello') return rank === undefined ? void socket.destroy() : take(rank, message);
      const reason = rank === undefined ? objection(message) : 'it has said hello before';
      if (reason !== undefined) {
        refused = `; a process was turned away: ${reason}`;
        writeLine(socket, { kind: 'refused', reason });
        return void socket.end();
      }
      takeLongLines();
      rank = message.rank;
      admit(rank, (answer) => writeLine(socket, answer));
    });
    socket.on('close', () => {
      clearTimeout(stranger);
      if (rank === undefined || over) return;
      lose(`${name(rank)} is lost: its process has ended${howFar(members[rank]?.sign.step ?? -1)}`, rank);
    });
  });
  listen(server, control).catch((/** @type {Error} */ error) =>
    onProblem({
      reason: `rank 0 cannot listen at ${written(control)} (${error.message}); is the port in use?`,
    }),
  );
  server.unref();

  const began = Date.now();
  const time = clock(() => {
    if (over) return time.stop();
    tellAll({ kind: 'alive', step: signOf(data.marks).step });
    const missing = addresses.flatMap((_, rank) => (members[rank] ? [] : [rank]));
    if (!welcomed && Date.now() - began > join * 1000) {
      const have = `${missing.map(name).join(', ')} ${missing.length === 1 ? 'has' : 'have'}`;
      return lose(`${have} not joined within ${join} s${refused}`, missing[0]);
    }
    const silent = members.findIndex((member) => member && time.now() - member.heard > silence);
    if (silent > 0) {
      const step = members[silent]?.sign.step ?? -1;
      return lose(`${name(silent)} is lost: no sign of life for ${silence} s${howFar(step)}`, silent);
    }
    const stuck = members.flatMap((member, rank) =>
      member && reduce > 0 && time.now() - member.since > reduce
        ? [{ rank, name: name(rank), ...member.sign }]
        : [],
    );
    const loss = deadlock(stuck, reduce);
    if (loss) lose(`${loss.reason}${howFar(Math.min(...stuck.map(({ step }) => step)))}`, loss.rank);
  });

  /** @type {import('./messages.js').Connection} */
  const own = {
    send: (message) => void (message.kind !== 'hello' && take(0, message)),
    onMessage: () => undefined,
    onClose: () => undefined,
    // What was told to the others has to leave this process.
    end: (then) => void setTimeout(then, LEAVING),
  };
  setImmediate(() => admit(0, (message) => own.onMessage(message)));
  return own;
}

/**
 * @param {unknown} given
 * @param {string} expected
 */
function sameSecret(given, expected) {
  /** @param {string} text */
  const hash = (text) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(String(given)), hash(expected));
}
