import { isAbsolute, join } from 'node:path';

/** Where a path of a recipe leads. */
export function resolve(baseFolder: string, path: string): string {
  return isAbsolute(path) ? path : join(baseFolder, path);
}
