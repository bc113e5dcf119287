import { access, constants, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, invalid, phrase } from '../../errors.js';
import { makeFolder, systemReason } from '../../files/folders.js';
import { lockFolder } from '../../files/lock.js';
import { canResume } from '../../files/run-folder.js';

/** The validation images of a run that split them off its training images, as a table of labels. */
export function splitFile(runFolder: string): string {
  return join(runFolder, 'validation.csv');
}

/** @throws InvalidInput where the folder holds a run already */
export function refuseRun(runFolder: string): void {
  if (!canResume(runFolder)) return;
  throw invalid(runFolder, 'a folder without a run', 'recipe.yaml', 'resume that run or name another folder');
}

/**
 * Does the work of a run in its folder: made if it is missing, cleared of the temporary files that a kill has left,
 * and locked, so that no other process writes into it.
 *
 * @throws InvalidInput where a file is in the way, Failure where the folder cannot be written or another process is at
 *   work in it, and for what the system refuses
 */
export async function inRunFolder<T>(runFolder: string, work: () => Promise<T>): Promise<T> {
  const isNew = await madeWritable(runFolder);
  const lock = await lockFolder(runFolder);
  try {
    await removeLeftovers(runFolder);
    return await work();
  } catch (error) {
    throw asFailure(error, runFolder);
  } finally {
    await lock.release();
    // A run that failed before it wrote anything leaves nothing behind.
    if (isNew) await rmdir(runFolder).catch(() => undefined);
  }
}

async function madeWritable(runFolder: string): Promise<boolean> {
  try {
    const isNew = makeFolder(runFolder);
    await access(runFolder, constants.W_OK);
    return isNew;
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTDIR')
      throw invalid(runFolder, 'a folder for the run', phrase('a file'));
    const where = path && path !== runFolder ? `, for ${path}` : '';
    throw new Failure(
      `${runFolder}: expected a folder for the run that can be written, found: ${systemReason(error as Error)}${where}`,
    );
  }
}

/** The form of the names is that of atomic writing, until it is done. */
async function removeLeftovers(runFolder: string): Promise<void> {
  for (const name of await readdir(runFolder, { recursive: true })) {
    if (/\.[0-9a-f]{8}\.tmp$/.test(name)) await rm(join(runFolder, name), { recursive: true, force: true });
  }
}

/** An error of the system as a sentence that names the file; any other error as it is. */
function asFailure(error: unknown, runFolder: string): unknown {
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (!code || !syscall) return error;
  return new Failure(
    `${path ?? runFolder}: ${syscall} failed, ${systemReason(error as Error)}; --resume goes on from the last checkpoint`,
  );
}
