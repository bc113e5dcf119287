import { lookup } from 'node:dns';
import net from 'node:net';

/**
 * Lets a server listen where others look for it: at that address alone, where it is one of this machine. Everywhere where
 * it is not, as a service of Kubernetes has one, and where the machine knows its own name as a loopback address, as
 * Debian's do, which nobody else could reach.
 *
 * @param {net.Server} server errors come as its events
 * @param {{ host: string, port: number }} address
 */
export function listen(server, { host, port }) {
  const everywhere = () => void server.listen({ port });
  if (net.isIP(host) || host === 'localhost') return at(server, { host, port }, everywhere);
  lookup(host, (error, own) =>
    error || isLoopback(own) ? everywhere() : at(server, { host: own, port }, everywhere),
  );
}

/**
 * @param {net.Server} server
 * @param {{ host: string, port: number }} address
 * @param {() => void} otherwise
 */
function at(server, address, otherwise) {
  const events = server.listeners('error');
  server.removeAllListeners('error');
  const restore = () => {
    server.removeAllListeners('error');
    events.forEach((listener) => server.on('error', /** @type {(error: Error) => void} */ (listener)));
  };
  server.once('listening', restore);
  server.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
    server.off('listening', restore);
    restore();
    if (error.code === 'EADDRNOTAVAIL') otherwise();
    else server.emit('error', error);
  });
  server.listen(address);
}

/** @param {string} ip */
const isLoopback = (ip) => ip === '::1' || ip.startsWith('127.');
