import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeFolder } from '../files/folders.js';
import { tryLock } from '../files/lock.js';

/** A holder touches its lock this often; one on another machine that has not for SILENT_MS is gone. */
const BEAT_MS = 5_000;
const SILENT_MS = 60_000;

/**
 * Runs work while no other process runs work under the same lock. The lock of a process that was killed is taken over:
 * at once on the same machine, after a minute where the folder is shared between machines.
 *
 * @param folder where the lock file lies; made if it is missing
 * @param onWait is told once when somebody else holds the lock
 */
export async function withLock<T>(
  folder: string,
  onWait: (holder: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  makeFolder(folder);
  const path = join(folder, 'setup.lock');
  let lock = await tryLock(path, { silentMs: SILENT_MS });
  if ('holder' in lock) onWait(lock.holder);
  while ('holder' in lock) {
    await wait(500);
    lock = await tryLock(path, { silentMs: SILENT_MS });
  }
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), BEAT_MS);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await lock.release();
  }
}
