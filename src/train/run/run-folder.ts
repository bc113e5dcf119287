import { existsSync } from 'node:fs';
import { access, constants, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, invalid } from '../../errors.js';

/** The resolved recipe of a run: the first thing that it writes. */
export function recipeFile(runFolder: string): string {
  return join(runFolder, 'recipe.yaml');
}

/** Whether a folder holds a run that `resume` can go on with. */
export function canResume(runFolder: string): boolean {
  return existsSync(recipeFile(runFolder));
}

/**
 * Makes the folder of a run, or clears an old one of the temporary files that a kill has left.
 *
 * @throws InvalidInput where a file is in the way, Failure where the folder cannot be written
 */
export async function openRunFolder(runFolder: string): Promise<void> {
  try {
    await mkdir(runFolder, { recursive: true });
    await access(runFolder, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTDIR') throw invalid(runFolder, 'a folder for the run', 'a file');
    throw new Failure(`${runFolder}: expected a folder for the run that can be written, found ${code}`);
  }
  for (const name of await readdir(runFolder, { recursive: true })) {
    // The form of the names that atomic writing uses until it is done.
    if (/\.[0-9a-f]{8}\.tmp$/.test(name)) await rm(join(runFolder, name), { recursive: true, force: true });
  }
}

/** An error of the system as a sentence that names the file; any other error as it is. */
export function asFailure(error: unknown, runFolder: string): unknown {
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (!code || !syscall) return error;
  const what = code === 'ENOSPC' ? 'the disk is full' : `${syscall} failed (${code})`;
  return new Failure(`${path ?? runFolder}: ${what}; --resume goes on from the last checkpoint`);
}
