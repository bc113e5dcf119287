import { readFile } from 'node:fs/promises';
import { invalid } from '../errors.js';

/**
 * Class names in the order of the network's outputs: 'cat,dog', or a text file with one name a line.
 *
 * @throws InvalidInput for fewer than two names, an empty one, or one that stands there twice
 */
export async function readClassNames(given: string): Promise<string[]> {
  const text = await readFile(given, 'utf8').catch(() => undefined);
  const names = (text === undefined ? given.split(',') : text.trimEnd().split(/\r?\n/)).map((name) =>
    name.trim(),
  );
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (names.length < 2 || names.includes('')) {
    throw invalid(
      '--classes',
      'two or more names with commas between, or a file with one name a line',
      given,
    );
  }
  if (twice !== undefined) throw invalid('--classes', 'every name once', twice);
  return names;
}
