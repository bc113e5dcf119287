import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the clone that this file belongs to; null where the package is installed, and so compiled. */
export const cloneFolder = import.meta.url.endsWith('.ts')
  ? fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
  : null;

/**
 * A command of camtune as people type it where they stand: installed `camtune setup`, in a clone
 * `npm run -s camtune -- setup`, outside of that clone with its folder.
 *
 * @param args command and flags, quoted where a shell wants it
 * @param clone folder of the clone, null for the installed package
 */
export function commandLine(
  args: readonly string[],
  clone: string | null = cloneFolder,
  folder = process.cwd(),
): string {
  const text = args.map(quoted).join(' ');
  if (clone === null) return `camtune ${text}`;
  const outside = relative(clone, folder).startsWith('..');
  return `npm run -s ${outside ? `--prefix ${quoted(clone)} ` : ''}camtune -- ${text}`;
}

function quoted(word: string): string {
  return /^[\p{L}\p{N}_@%+=:,./…*-]+$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
