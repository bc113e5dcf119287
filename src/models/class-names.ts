import { existsSync } from 'node:fs';
import { invalid } from '../errors.js';
import { readRegularFile, utf8 } from '../files/read-file.js';

/** No list of names is longer. */
const MOST_BYTES = 2 ** 24;

/**
 * Class names in the order of the network's outputs: 'cat,dog', or a text file with one name a line.
 *
 * @throws InvalidInput for fewer than two names, an empty one, or one that stands there twice; Failure for what is
 *   there and is no regular file
 */
export async function readClassNames(given: string): Promise<string[]> {
  const isFile = existsSync(given);
  const text = isFile ? utf8(await readRegularFile(given, MOST_BYTES), given) : given;
  const names = (isFile ? text.trimEnd().split(/\r?\n/) : text.split(',')).map((name) => name.trim());
  if (names.length < 2 || names.includes('')) {
    throw invalid(
      '--classes',
      'two or more names with commas between, or a file with one name a line',
      given,
    );
  }
  const lastPlace = new Map(names.map((name, place) => [name, place]));
  const twice = names.find((name, place) => lastPlace.get(name) !== place);
  if (twice !== undefined) throw invalid('--classes', 'every name once', twice);
  return names;
}
