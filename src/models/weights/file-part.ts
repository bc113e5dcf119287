import { closeSync, openSync, readSync } from 'node:fs';
import { Failure } from '../../errors.js';

/** What Node reads in one piece. */
const largestPart = 2 ** 31 - 1;

/**
 * Some bytes of a file, in memory of their own.
 *
 * @param name of the file, for messages
 * @throws Failure where the file has become shorter, or the part is larger than a tensor can be
 */
export function readPart(path: string, offset: number, length: number, name: string): Uint8Array {
  if (length > largestPart) throw new Failure(`${name}: ${length} bytes in one piece cannot be read`);
  const bytes = new Uint8Array(length);
  const handle = openSync(path, 'r');
  try {
    for (let done = 0; done < length;) {
      const count = readSync(handle, bytes, done, length - done, offset + done);
      if (count === 0) throw new Failure(`${name}: changed while it was read`);
      done += count;
    }
  } finally {
    closeSync(handle);
  }
  return bytes;
}
