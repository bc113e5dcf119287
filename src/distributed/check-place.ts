import { invalid, phrase } from '../errors.js';
import type { Place } from './types.js';

/** A host and a port. */
export interface Address {
  host: string;
  port: number;
}

/** How far the port of rank 0's control is from its port for tensors. */
const CONTROL_OFFSET = 1000;

/**
 * Checks a place, and finds where rank 0 waits for the others.
 *
 * @throws InvalidInput with what is wrong
 */
export function checkPlace({ rank, addresses, control }: Place): Address {
  const parsed = addresses.map((address, index) => parseAddress(`addresses[${index}]`, address));
  if (!Number.isInteger(rank) || rank < 0 || rank >= addresses.length) {
    throw invalid(
      'rank',
      `an integer from 0 to ${addresses.length - 1}, one below the number of addresses`,
      rank,
    );
  }
  const twice = addresses.find((address, index) => addresses.indexOf(address) !== index);
  if (twice !== undefined) throw invalid('addresses', 'another one for every rank', phrase(`${twice} twice`));
  if (control !== undefined) return parseAddress('control', control);
  const { host, port } = parsed[0]!;
  return { host, port: port + (port + CONTROL_OFFSET > 65535 ? -CONTROL_OFFSET : CONTROL_OFFSET) };
}

/** @throws InvalidInput naming `name` where it is not host:port */
export function parseAddress(name: string, address: string): Address {
  const [, host, digits] = /^(\[[^\]]+\]|[^:\s]+):(\d{1,5})$/.exec(address) ?? [];
  const port = Number(digits);
  if (!host || !(port >= 1 && port <= 65535)) throw invalid(name, 'host:port, as node1:2222', address);
  return { host: host.replace(/^\[|\]$/g, ''), port };
}
