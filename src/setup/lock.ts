import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A holder touches its lock this often; one that has not for STALE_MS is gone. */
const BEAT_MS = 5_000;
const STALE_MS = 60_000;

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
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'setup.lock');
  const me = `${hostname()} ${process.pid}`;
  for (let waited = false; !(await take(path, me)); waited = true) {
    const holder = await readFile(path, 'utf8').catch(() => '');
    if (await isAbandoned(path, holder)) await discard(path, holder);
    else {
      if (!waited) onWait(holder);
      await wait(500);
    }
  }
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), BEAT_MS);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await rm(path, { force: true });
  }
}

async function take(path: string, me: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(me);
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isAbandoned(path: string, holder: string): Promise<boolean> {
  const [host, pid] = holder.split(' ');
  if (host === hostname() && pid && !isAlive(Number(pid))) return true;
  const touched = await stat(path).catch(() => undefined);
  return touched !== undefined && Date.now() - touched.mtimeMs > STALE_MS;
}

/** Two waiters may both find the lock abandoned: the rename lets one of them remove it, and puts back a fresh one. */
async function discard(path: string, holder: string): Promise<void> {
  const aside = `${path}.${process.pid}.tmp`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) === holder) await rm(aside, { force: true });
    else await rename(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
