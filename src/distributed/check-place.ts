import { invalid } from '../errors.js';
import { type Address, checkAddresses, parseAddress } from './address.js';
import type { Place } from './types.js';

/** How far the port of rank 0's control is from its port for tensors. */
const CONTROL_OFFSET = 1000;

/**
 * Checks a place, and finds where rank 0 waits for the others.
 *
 * @throws InvalidInput with what is wrong
 */
export function checkPlace({ rank, addresses, control }: Place): Address {
  const parsed = checkAddresses('addresses', addresses);
  if (!Number.isInteger(rank) || rank < 0 || rank >= addresses.length) {
    throw invalid(
      'rank',
      `an integer from 0 to ${addresses.length - 1}, one below the number of addresses`,
      rank,
    );
  }
  if (control !== undefined) return parseAddress('control', control);
  const { host, port } = parsed[0]!;
  const taken = new Set(parsed.map((address) => address.port));
  const offset = port + CONTROL_OFFSET > 65535 ? -CONTROL_OFFSET : CONTROL_OFFSET;
  let free = port + offset;
  while (taken.has(free)) free += Math.sign(offset);
  return { host, port: free };
}
