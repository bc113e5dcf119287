import { isAbsolute, join } from 'node:path';
import { homePath } from '../../files/home.js';

/** Where a path of a recipe leads. */
export function resolve(baseFolder: string, path: string): string {
  const written = homePath(path);
  return isAbsolute(written) ? written : join(baseFolder, written);
}
