import { homedir } from 'node:os';
import { join } from 'node:path';
import { invalid } from '../errors.js';

/**
 * A path as people write it: `~` at its beginning is the home folder, also where no shell replaces it (`--out=~/maps`,
 * a path in a recipe).
 *
 * @throws InvalidInput where no home folder is known
 */
export function homePath(path: string): string {
  if (path !== '~' && !path.startsWith('~/')) return path;
  const home = homedir();
  if (home === '') throw invalid(path, 'a home folder (HOME is empty)', path, 'write the folder out');
  return path === '~' ? home : join(home, path.slice(2));
}
