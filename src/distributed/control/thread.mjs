// The control thread of a rank: it speaks with the other ranks while the main thread is blocked in computing. Plain
// JavaScript, so that it starts from the sources without a loader.
import { constants } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { written } from '../call.mjs';
import { clock } from '../clock.mjs';
import { dial } from './dial.mjs';
import { startHub } from './hub.mjs';
import { signOf } from './marks.mjs';
import { reached } from './reached.mjs';

/** @typedef {{ abortCollectives(reason: string): void, endProcess(message: string): void, ringTurns(): number }} Engine */

/** @type {unknown} */
const given = workerData;
const data = /** @type {import('./messages.js').ThreadData} */ (given);
const { rank, addresses, control, secret, version, join, silence, grace, marks } = data;
const step = () => signOf(marks).step;
let over = false;
let joined = false;

/** @param {import('./messages.js').Report} report */
const report = (report) => parentPort?.postMessage(report);

/** @type {Engine | undefined} */
let loaded;
/** The engine is there already, for the main thread; this one gets its functions. */
const engine = () => {
  if (loaded) return loaded;
  /** @type {{ exports: unknown }} */
  const holder = { exports: {} };
  process.dlopen(holder, data.engine, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL);
  return (loaded = /** @type {Engine} */ (holder.exports));
};

/** A sign of life. The ring knows whether a computation waits for others or is at work. */
const sign = () => {
  const own = signOf(marks);
  if (own.activity !== 'computing') return own;
  const turns = engine().ringTurns();
  /** @type {import('./messages.js').Activity} */
  const activity = turns % 2 === 1 ? 'reducing' : 'computing';
  return { ...own, activity, changes: own.changes + turns };
};

/**
 * The group is lost, for good: the main thread is told, and taken out of what it waits for. What does not end then
 * is ended.
 *
 * @param {import('./messages.js').Loss} loss
 */
function lose({ reason, rank: lost }) {
  if (over) return;
  over = true;
  report({ kind: 'lost', reason, rank: lost });
  const { abortCollectives, endProcess } = engine();
  abortCollectives(reason);
  setTimeout(
    () => endProcess(`camtune: ${reason}; rank ${rank} did not end within ${grace} s`),
    grace * 1000,
  ).unref();
}

const hub = `rank 0 (${addresses[0]})`;
const connection = rank === 0 ? startHub(data, lose) : await dial(data);
if (!connection) lose({ reason: `${hub} did not answer at ${written(control)} within ${join} s`, rank: 0 });
else take(connection);

/** @param {import('./messages.js').Connection} connection */
function take(connection) {
  let heard = 0;
  let isKnown = false;
  let hubStep = -1;
  const howFar = () => reached(hubStep, rank, step());
  const time = clock(() => {
    if (over) return;
    connection.send({ kind: 'alive', ...sign() });
    if (rank > 0 && time.now() - heard > silence) {
      const reason = isKnown
        ? `${hub} is lost: no sign of life for ${silence} s${howFar()}`
        : `what answers at ${written(control)} is not ${hub}: no sign of life for ${silence} s; is the port in use?`;
      lose({ reason, rank: 0 });
    }
  });
  connection.onMessage = (message) => {
    heard = time.now();
    isKnown = true;
    switch (message.kind) {
      case 'welcome':
        joined = true;
        return report({ kind: 'joined' });
      case 'refused':
        return lose({ reason: `${hub} has turned this rank ${rank} away: ${message.reason}` });
      case 'alive':
        hubStep = message.step;
        return;
      case 'values':
        return report({ kind: 'gathered', round: message.round, values: message.values });
      case 'lost':
        return lose(message);
      case 'parted':
        over = true;
        connection.end(() => report({ kind: 'left' }));
    }
  };
  connection.onClose = () => {
    const reason = joined
      ? `${hub} is lost: its process has ended${howFar()}`
      : `${hub} has ended before all had joined, or something else listens at ${written(control)}`;
    lose({ reason, rank: 0 });
  };
  parentPort?.on('message', (/** @type {import('./messages.js').Order} */ order) => {
    switch (order.kind) {
      case 'gather':
        return connection.send({ kind: 'value', round: order.round, value: order.value });
      case 'leave':
        return connection.send({ kind: 'done' });
      case 'fail':
        if (over) return report({ kind: 'told' });
        over = true;
        connection.send({ kind: 'failed', reason: order.reason, step: step() });
        connection.end(() => report({ kind: 'told' }));
    }
  });
  connection.send({ kind: 'hello', rank, size: addresses.length, secret, version });
}
