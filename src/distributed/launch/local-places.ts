import { randomBytes } from 'node:crypto';
import type { Place } from '../types.js';
import { freePorts } from './free-ports.js';

/** Places for processes of this machine, with ports that are free and a secret that nobody else knows. */
export async function localPlaces(size: number): Promise<Place[]> {
  const [control, ...own] = (await freePorts(size + 1)).map((port) => `127.0.0.1:${port}`);
  const secret = randomBytes(16).toString('hex');
  return own.map((_, rank) => ({ rank, addresses: own, control: control!, secret }));
}
