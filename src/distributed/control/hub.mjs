// What rank 0 does for all: it waits for the ranks, collects their values, and notices when one is lost.
import net from 'node:net';
import { written } from '../call.mjs';
import { clock } from '../clock.mjs';
import { listen } from '../listen.mjs';
import { lossAmong } from './loss-among.mjs';
import { objection } from './objection.mjs';
import { readLines, writeLine } from '../lines.mjs';
import { signOf } from './marks.mjs';
import { reached } from './reached.mjs';

/** @typedef {import('./messages.js').ToRank} ToRank */
/** @typedef {import('./messages.js').ToHub} ToHub */
/** @typedef {import('./messages.js').Loss} Loss */

/** How long what was told to the other ranks is given to leave this process, in milliseconds. */
const LEAVING = 200;

/**
 * @param {import('./messages.js').ThreadData} data
 * @param {(loss: Loss) => void} onProblem when it cannot listen
 * @returns {import('./messages.js').Connection} the connection of rank 0 itself
 */
export function startHub(data, onProblem) {
  const { addresses, control } = data;
  const size = addresses.length;
  /** @type {(import('./messages.js').Member | undefined)[]} */
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
  /** @param {Loss} loss */
  const lose = (loss) => {
    if (over) return;
    over = true;
    /** @type {ToRank} */
    const message = { kind: 'lost', ...loss };
    const [own, ...others] = members;
    others.forEach((member) => member?.deliver(message));
    // Rank 0 may end its process as soon as it hears of it, and would then be named in place of the rank that is lost.
    setTimeout(() => own?.deliver(message), LEAVING);
    server.close();
  };
  /**
   * @param {number} rank that is lost
   * @param {string} what has happened to it
   * @param {number} [step] that it has told, −1 for none
   */
  const loseRank = (rank, what, step = -1) => {
    const howFar = reached(step, 0, signOf(data.marks).step);
    lose({ reason: `rank ${rank} (${addresses[rank]}) ${what}${howFar}`, rank });
  };

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
        return loseRank(rank, `failed: ${message.reason}`, message.step);
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

  const server = net.createServer((socket) => {
    /** @type {number | undefined} */
    let rank;
    const stranger = setTimeout(() => rank === undefined && socket.destroy(), 10_000);
    stranger.unref();
    socket.on('error', () => undefined);
    readLines(socket, (given, takeLongLines) => {
      const message = /** @type {ToHub} */ (given);
      if (message.kind !== 'hello') return rank === undefined ? void socket.destroy() : take(rank, message);
      const reason = rank === undefined ? objection(message, data, members) : 'it has said hello before';
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
      loseRank(rank, 'is lost: its process has ended', members[rank]?.sign.step);
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
    const isLate = !welcomed && Date.now() - began > data.join * 1000;
    const loss = lossAmong(members, data, { now: time.now(), isLate, refused });
    if (loss) lose(loss);
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
