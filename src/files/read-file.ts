import { constants, statSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Failure, invalid, phrase } from '../errors.js';
import { systemReason } from './folders.js';

/**
 * Reads a file whole. What may never end or never begin (a pipe, a device, a folder) is refused unread.
 *
 * @param most bytes that such a file can sensibly have
 * @param why what the file is wanted for, behind the sentence that it cannot be read
 * @throws Failure, whose cause is what the system said
 */
export async function readRegularFile(path: string, most: number, why?: string): Promise<Buffer> {
  await regularFileSize(path, most, why);
  // Without O_NONBLOCK, opening a pipe that has taken the file's place since would wait for ever.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(
    unreadable(path, why),
  );
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > most) throw new Failure(`${path}: changed while it was read`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/**
 * The bytes of a file, which has to be a regular one.
 *
 * @param most, why as for readRegularFile()
 * @throws Failure
 */
export async function regularFileSize(path: string, most: number, why?: string): Promise<number> {
  const found = await stat(path).catch(unreadable(path, why));
  if (!found.isFile()) throw irregular(path, found);
  if (found.size > most) {
    throw new Failure(`${path}: has ${found.size} bytes, more than the ${most} that such a file can have`);
  }
  return found.size;
}

/**
 * Whether a file is there.
 *
 * @throws Failure for what is there and is no regular file: reading a pipe or a device may never end
 */
export function hasFile(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found && !found.isFile()) throw irregular(path, found);
  return found !== undefined;
}

/**
 * Bytes as text, without a byte order mark.
 *
 * @param path where they are from
 * @throws InvalidInput where they are no UTF-8
 */
export function utf8(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid(path, 'text in UTF-8', phrase('other bytes'), 'save the file in UTF-8');
  }
}

interface Kind {
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
}

function irregular(path: string, found: Kind): Failure {
  return new Failure(`${path}: expected a regular file, found ${kindOf(found)}`);
}

function kindOf(found: Kind): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a pipe';
  return found.isSocket() ? 'a socket' : 'a device';
}

/** For `catch`: says that a file cannot be read, and why. */
export function unreadable(path: string, why?: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    const reason = error.code?.startsWith('ERR_') ? 'no file name' : systemReason(error);
    throw new Failure(`${path}: cannot be read: ${reason}${why ? `; ${why}` : ''}`, { cause: error });
  };
}
