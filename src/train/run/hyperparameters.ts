import { isObject } from '../../text/is-object.js';
import type { Hyperparameters } from '../../log/index.js';
import type { Recipe } from '../recipe/index.js';

/** Sections of a recipe that change nothing about what is learned. */
const aside = ['log', 'checkpoint'];

/** The keys of a recipe that have a value, as a flat table; lists are JSON. */
export function hyperparametersOf(recipe: Recipe): Hyperparameters {
  const sections = Object.entries(recipe).filter(([section]) => !aside.includes(section));
  return Object.fromEntries(sections.flatMap(([section, value]) => leaves(section, value)));
}

function leaves(path: string, value: unknown): [string, number | string | boolean][] {
  if (value === null) return [];
  if (isObject(value))
    return Object.entries(value).flatMap(([key, below]) => leaves(`${path}.${key}`, below));
  const isPlain = typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean';
  return [[path, isPlain ? value : JSON.stringify(value)]];
}
