import { distance } from 'fastest-levenshtein';
import { invalid } from '../../errors.js';

/**
 * The class that --class means: a name (capitals, and how Unicode writes an accent, count only where two names differ by
 * nothing else), or an index where
 * no class has that name.
 *
 * @param classes how many there are
 * @throws InvalidInput with the nearest names where there is no such class
 */
export function classIndex(given: string, classes: number, classNames?: readonly string[]): number {
  const named = classNames?.indexOf(given) ?? -1;
  if (named >= 0) return named;
  const plain = (name: string): string => name.normalize('NFC').toLowerCase();
  const alike = [...(classNames?.keys() ?? [])].filter(
    (index) => plain(classNames![index]!) === plain(given),
  );
  if (alike.length === 1) return alike[0]!;
  const index = Number(given);
  if (given.trim() !== '' && Number.isInteger(index) && index >= 0 && index < classes) return index;
  const range = `an index from 0 to ${classes - 1}`;
  if (!classNames) throw invalid('--class', range, given, 'the weights name no classes');
  const near = [...classNames].sort((a, b) => distance(a, given) - distance(b, given)).slice(0, 3);
  throw invalid('--class', `the name of a class or ${range}`, given, `near it: ${near.join(', ')}`);
}
