import { realpathSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The folder that somebody stands in: `npm run -s camtune -- …` starts a command in the clone, and says in INIT_CWD
 * where it was called. A script of another package runs in that package's folder, as npm has it.
 *
 * @param clone the folder of the clone, null for the installed package
 */
export function calledFrom(
  environment: Record<string, string | undefined>,
  clone: string | null,
): string | undefined {
  const { INIT_CWD: folder, npm_lifecycle_event: script, npm_package_json: manifest } = environment;
  const own = clone !== null && manifest !== undefined && isSame(manifest, join(clone, 'package.json'));
  return own && script === 'camtune' && folder ? folder : undefined;
}

/** Goes to a folder; what Node has loaded for this process, a process of ours still finds from there. */
export function changeFolder(folder: string): void {
  // `--import tsx` is looked up from the working folder.
  process.execArgv = process.execArgv.map((argument) =>
    argument === 'tsx' ? import.meta.resolve('tsx') : argument,
  );
  process.chdir(folder);
}

function isSame(path: string, other: string): boolean {
  try {
    return realpathSync(path) === realpathSync(other);
  } catch {
    return false;
  }
}
