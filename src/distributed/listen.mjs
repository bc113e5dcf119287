import { lookup } from 'node:dns/promises';
import net from 'node:net';

/**
 * Lets a server listen where others look for it: at that address alone, where it is one of this machine. Everywhere where
 * it is not, as a service of Kubernetes has one, and where the machine knows its own name as a loopback address, as
 * Debian's do, at which nobody else could reach it.
 *
 * @param {net.Server} server
 * @param {{ host: string, port: number }} address
 * @returns {Promise<void>} rejects where it cannot
 */
export async function listen(server, { host, port }) {
  const own = await ownAddress(host);
  try {
    await begin(server, own === undefined ? { port } : { host: own, port });
  } catch (error) {
    if (own === undefined || /** @type {NodeJS.ErrnoException} */ (error).code !== 'EADDRNOTAVAIL')
      throw error;
    await begin(server, { port });
  }
}

/** @param {string} host */
async function ownAddress(host) {
  if (net.isIP(host) || host === 'localhost') return host;
  try {
    const { address } = await lookup(host);
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
