import { isObject } from '../../text/is-object.js';
import type { Recipe } from './schema/index.js';

/** Where a recipe differs from another, key by key: 'schedule.epochs: 5, not 20'. */
export function differences(recipe: Recipe, other: Recipe): string[] {
  const theirs = new Map(values(other, []));
  return values(recipe, [])
    .filter(([path, value]) => theirs.get(path) !== value)
    .map(([path, value]) => `${path}: ${value}, not ${theirs.get(path) ?? 'there'}`);
}

function values(value: unknown, path: string[]): [path: string, value: string][] {
  if (!isObject(value)) return [[path.join('.'), JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) => values(inner, [...path, key]));
}
