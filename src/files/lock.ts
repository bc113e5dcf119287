import { randomBytes } from 'node:crypto';
import { link, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../errors.js';
import { processStart } from '../process/state.js';
import { readRegularFile } from './read-file.js';

/** The process that holds a lock. */
export interface LockHolder {
  host: string;
  pid: number;
  /** As processStart says it. */
  began: string | null;
}

export interface Lock {
  /** Lets others take it. */
  release(): Promise<void>;
}

/** A lock file is whole as soon as it is there; one that is not after this time has lost its content to a power cut. */
const TORN_MS = 10_000;
/** More than a lock file has. */
const MOST_BYTES = 65_536;

/**
 * Takes a lock file, or says who has it. The lock of a process that is gone (killed, or its id now belongs to another
 * one) is taken over.
 *
 * @param path in a folder that exists
 * @param options.silentMs a lock of another machine that nobody touched for so long is taken over; default: never
 */
export async function tryLock(
  path: string,
  { silentMs = Infinity }: { silentMs?: number } = {},
): Promise<Lock | { holder: string }> {
  const began = (await processStart(process.pid)) ?? null;
  const mine = `${JSON.stringify({ host: hostname(), pid: process.pid, began } satisfies LockHolder)}\n`;
  while (!(await create(path, mine))) {
    const content = await contentOf(path);
    const holder = parse(content);
    if (!(await isAbandoned(path, holder, silentMs))) return { holder: inWords(holder) };
    await discard(path, content);
  }
  return {
    async release() {
      if ((await contentOf(path)) === mine) await rm(path, { force: true });
    },
  };
}

/**
 * Keeps other processes from writing into a folder.
 *
 * @param folder exists
 * @throws Failure with the process that does so already
 */
export async function lockFolder(folder: string): Promise<Lock> {
  const path = join(folder, 'camtune.lock');
  const lock = await tryLock(path);
  if ('release' in lock) return lock;
  throw new Failure(
    `${folder}: ${lock.holder} is at work in this folder; wait until it has ended, or name another folder (where that process is gone for certain, remove ${path})`,
  );
}

/** Appears with its content or not at all, and never in place of another. */
async function create(path: string, content: string): Promise<boolean> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    const file = await open(temporary, 'wx');
    await file.writeFile(content);
    await file.sync();
    await file.close();
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') throw error;
      // Some file systems have no hard links.
      return writeFile(path, content, { flag: 'wx' });
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function isAbandoned(path: string, holder: LockHolder | undefined, silentMs: number): Promise<boolean> {
  if (holder?.host === hostname()) {
    const began = await processStart(holder.pid);
    if (began === undefined) return true;
    return began !== null && holder.began !== null && began !== holder.began;
  }
  const touched = await stat(path).catch(() => undefined);
  return touched === undefined || Date.now() - touched.mtimeMs > (holder ? silentMs : TORN_MS);
}

/** Two may both find the lock abandoned: the rename lets one of them remove it, and puts back a fresh one. */
async function discard(path: string, content: string): Promise<void> {
  const aside = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    await rename(path, aside);
    if ((await contentOf(aside)) === content) await rm(aside, { force: true });
    else await rename(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** What stands in a lock file; nothing where it is none. */
async function contentOf(path: string): Promise<string> {
  return readRegularFile(path, MOST_BYTES).then(String, () => '');
}

function parse(content: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(content) as Partial<LockHolder> | null;
    return typeof holder?.host === 'string' && Number.isInteger(holder.pid) && holder.pid! > 0
      ? (holder as LockHolder)
      : undefined;
  } catch {
    return undefined;
  }
}

function inWords(holder: LockHolder | undefined): string {
  return holder ? `process ${holder.pid} on ${holder.host}` : 'another process';
}
