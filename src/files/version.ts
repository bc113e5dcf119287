import { statSync } from 'node:fs';

/** A file, or none, as it stands now: another text when it has been written anew. */
export function fileVersion(path: string): string {
  const { mtimeMs, size, ino } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return `${path} ${mtimeMs} ${size} ${ino}`;
}
