import { fstatSync, ftruncateSync, writeSync } from 'node:fs';

/**
 * Appends to a file, whole or not at all: the system may take a part of the bytes only (a disk that is nearly full),
 * and what follows would then be joined to that part.
 *
 * @param file open for appending, written by nobody else
 * @param write takes some of the bytes from `start` on and says how many; for tests
 * @throws the system's error, with the file as it was before
 */
export function appendAtomically(
  file: number,
  bytes: Uint8Array,
  write: (file: number, bytes: Uint8Array, start: number) => number = writeSync,
): void {
  const { size } = fstatSync(file);
  try {
    for (let written = 0; written < bytes.length;) written += write(file, bytes, written);
  } catch (error) {
    ftruncateSync(file, size);
    throw error;
  }
}
