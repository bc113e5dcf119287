import net from 'node:net';
import { readLines, writeLine } from '../lines.mjs';

/**
 * Connects to rank 0, which may not be there yet.
 *
 * @param {import('./messages.js').ThreadData} data
 * @returns {Promise<import('./messages.js').Connection | undefined>} undefined where it did not answer in time
 */
export async function dial({ control, join }) {
  const end = Date.now() + join * 1000;
  while (Date.now() < end) {
    const socket = await connect(control, Math.max(1, Math.min(5000, end - Date.now())));
    if (socket) return connection(socket);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return undefined;
}

/**
 * @param {{ host: string, port: number }} address
 * @param {number} patience milliseconds
 * @returns {Promise<net.Socket | undefined>}
 */
function connect(address, patience) {
  return new Promise((resolve) => {
    const socket = net.connect(address);
    const give = (/** @type {net.Socket | undefined} */ result) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      if (!result) socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => give(undefined), patience);
    socket.once('connect', () => give(socket));
    socket.once('error', () => give(undefined));
  });
}

/**
 * @param {net.Socket} socket
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
