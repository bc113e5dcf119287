import { join } from 'node:path';

/**
 * The JavaScript of a source or of a program of the tests, for processes that a test starts. It stands outside of the
 * clone: commands that it prints begin with `camtune`, as where the package is installed.
 *
 * @param path in the repository: 'src/cli/main.ts'
 */
export function compiled(path: string): string {
  return join(process.env['CAMTUNE_TEST_COMPILED']!, path.replace(/\.ts$/, '.js'));
}
