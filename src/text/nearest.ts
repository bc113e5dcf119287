import { distance } from 'fastest-levenshtein';

/** The answer whose name is nearest, if it is near: learning_rate is learningRate, weigths is weights. */
export function nearest<T>(key: string, names: readonly string[], answers: readonly T[]): T | undefined {
  let best: T | undefined;
  let least = Math.max(1, Math.floor(key.length * 0.4)) + 1;
  names.forEach((name, index) => {
    const changes = distance(plain(key), plain(name));
    if (changes < least) [least, best] = [changes, answers[index]];
  });
  return best;
}

const plain = (key: string): string => key.toLowerCase().replaceAll(/[_\- ]/g, '');
