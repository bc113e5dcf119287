import net from 'node:net';
import { addressesOf } from './call.mjs';

/**
 * Lets a server listen where others look for it: at that address alone, where it is one of this machine. Everywhere where
 * it is not, as a service of Kubernetes has one, where the machine knows its own name as a loopback address, as Debian's
 * do, at which nobody else could reach it, and where the name stands for several, of which others may know another one.
 *
 * @param {net.Server} server
 * @param {{ host: string, port: number }} address
 * @param {(host: string) => Promise<{ address: string }[]>} [resolve]
 * @returns {Promise<void>} rejects where it cannot
 */
export async function listen(server, { host, port }, resolve = addressesOf) {
  const own = net.isIP(host) || host === 'localhost' ? host : await onlyAddress(host, resolve);
  try {
    await begin(server, own === undefined ? { port } : { host: own, port });
  } catch (error) {
    if (own === undefined || /** @type {NodeJS.ErrnoException} */ (error).code !== 'EADDRNOTAVAIL')
      throw error;
    await begin(server, { port });
  }
}

/**
 * @param {string} host
 * @param {(host: string) => Promise<{ address: string }[]>} resolve
 * @returns {Promise<string | undefined>} the address that a name stands for, where it is one at which others can reach it
 */
async function onlyAddress(host, resolve) {
  try {
    const [address, ...others] = new Set((await resolve(host)).map((found) => found.address));
    if (address === undefined || others.length > 0) return undefined;
    return address === '::1' || address.startsWith('127.') ? undefined : address;
  } catch {
    return undefined;
  }
}

/**
 * @param {net.Server} server
 * @param {net.ListenOptions} options
 * @returns {Promise<void>}
 */
function begin(server, options) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
