import { call } from '../call.mjs';
import { readLines, writeLine } from '../lines.mjs';

/**
 * Connects to rank 0, which may not be there yet.
 *
 * @param {import('./messages.js').ThreadData} data
 * @returns {Promise<import('./messages.js').Connection | undefined>} undefined where it did not answer in time
 */
export async function dial({ control, join }) {
  const end = Date.now() + join * 1000;
  for (let attempt = 0; Date.now() < end; attempt++) {
    const socket = await call(control, attempt, end - Date.now());
    if (socket) return connection(socket);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return undefined;
}

/**
 * @param {import('node:net').Socket} socket
 * @returns {import('./messages.js').Connection}
 */
function connection(socket) {
  /** @type {import('./messages.js').Connection} */
  const result = {
    send: (message) => writeLine(socket, message),
    onMessage: () => undefined,
    onClose: () => undefined,
    end: (then) => void socket.end(then),
  };
  readLines(socket, (message) => result.onMessage(/** @type {import('./messages.js').ToRank} */ (message)));
  socket.on('close', () => result.onClose());
  return result;
}
