import { isIPv6 } from 'node:net';
import { invalid, phrase } from '../errors.js';

/** A host, without brackets, and a port. */
export interface Address {
  host: string;
  port: number;
}

/** @throws InvalidInput naming `name` where it is not host:port, with brackets around an address of IPv6 */
export function parseAddress(name: string, address: unknown): Address {
  const pattern = /^(?:\[([^\]]+)\]|([\w.-]+)):([1-9]\d{0,4})$/;
  const [, ipv6, host = ipv6, digits] = pattern.exec(typeof address === 'string' ? address : '') ?? [];
  const port = Number(digits);
  if (host !== undefined && port <= 65535 && (ipv6 === undefined || isIPv6(ipv6))) return { host, port };
  throw invalid(name, 'host:port, with a port from 1 to 65535 (IPv6 in brackets: [::1]:2222)', address);
}

/**
 * Addresses of ranks.
 *
 * @throws InvalidInput naming `name` where one is none, or two are the same
 */
export function checkAddresses(name: string, addresses: readonly unknown[]): Address[] {
  const parsed = addresses.map((address) => parseAddress(name, address));
  const keys = parsed.map(({ host, port }) => `${host.toLowerCase()} ${port}`);
  const twice = keys.findIndex((key, index) => keys.indexOf(key) !== index);
  if (twice >= 0) throw invalid(name, 'another address for each process', phrase(`${addresses[twice] as string} twice`)); // prettier-ignore
  return parsed;
}
