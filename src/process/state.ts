import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * What tells a process from a later one that got the same id: when it began, as the system writes it.
 *
 * @returns null where the system does not say (Windows), undefined where there is no such process or it has ended and
 *   only waits for its parent
 */
export async function processStart(pid: number): Promise<string | null | undefined> {
  if (!exists(pid)) return undefined;
  if (process.platform === 'linux') return linuxStart(pid);
  if (process.platform === 'win32') return null;
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)], { env }).catch(
    () => ({ stdout: '' }),
  );
  return stdout.trim() || null;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process may not be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Clock ticks since the boot, and which boot (proc(5): /proc/pid/stat). */
async function linuxStart(pid: number): Promise<string | null | undefined> {
  const text = async (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
  const stat = await text(`/proc/${pid}/stat`);
  if (stat === '') return null;
  // The name of the program, in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return `${(await text('/proc/sys/kernel/random/boot_id')).trim()} ${fields[19]}`;
}
