import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** Milliseconds that a machine has to answer, and a server of names before it. */
const PATIENCE = 5000;

/**
 * Connects. Where a name stands for several addresses another one is tried at each attempt: some may be known on their own
 * machine only, or be this machine's own.
 *
 * @param {{ host: string, port: number }} address
 * @param {number} attempt from 0
 * @param {number} [patience] in milliseconds, if it is less than usual
 * @param {(host: string) => Promise<{ address: string }[]>} [resolve]
 * @returns {Promise<net.Socket | undefined>} undefined where nobody answers; errors of the socket are heard
 */
export async function call({ host, port }, attempt, patience = PATIENCE, resolve = addressesOf) {
  const limit = Math.max(1, Math.min(PATIENCE, patience));
  /** @type {{ address: string }[]} */
  const none = [];
  const found = await Promise.race([resolve(host).catch(() => none), wait(limit, none, { ref: false })]);
  const address = found[attempt % found.length]?.address;
  if (address === undefined) return undefined;
  return new Promise((resolve) => {
    const socket = net.connect({ host: address, port });
    const give = (/** @type {net.Socket | undefined} */ result) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      if (!result) socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => give(undefined), limit);
    socket.once('connect', () => give(socket));
    socket.once('error', () => give(undefined));
  });
}

/** @param {string} host */
export const addressesOf = (host) => lookup(host, { all: true });

/**
 * As it is written in messages.
 *
 * @param {{ host: string, port: number }} address
 */
export const written = ({ host, port }) => (net.isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`);
