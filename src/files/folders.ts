import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { getSystemErrorMap } from 'node:util';

/**
 * Makes a folder and those above it that are missing. (Node's `recursive` calls a read-only file system "ENOENT", and
 * never returns below /proc.)
 *
 * @returns whether it was not there before
 * @throws the system's error: ENOTDIR or EEXIST where a file is in the way
 */
export function makeFolder(path: string): boolean {
  const missing: string[] = [];
  for (let folder = resolve(path); !isThere(folder); folder = dirname(folder)) missing.unshift(folder);
  for (const folder of missing) {
    try {
      mkdirSync(folder);
    } catch (error) {
      // Somebody else may have made it in between.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isThere(folder)) throw error;
    }
  }
  return missing.length > 0;
}

function isThere(folder: string): boolean {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found && !found.isDirectory()) {
    throw Object.assign(new Error(`ENOTDIR: not a directory, mkdir '${folder}'`), {
      code: 'ENOTDIR',
      errno: -20,
      syscall: 'mkdir',
      path: folder,
    });
  }
  return found !== undefined;
}

/** Why the system refused something: "read-only file system (EROFS)". */
export function systemReason({ errno, code, message }: NodeJS.ErrnoException): string {
  const [, words] = getSystemErrorMap().get(errno ?? 0) ?? [];
  return words ? `${words} (${code})` : (code ?? message);
}
