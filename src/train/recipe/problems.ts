import type { z } from 'zod';
import { invalid } from '../../errors.js';
import { expectation } from './expectation.js';
import { isObject } from '../../text/is-object.js';
import type { Content } from './merge.js';
import { type Recipe, recipeFile, recipeFileSchema, recipeSchema, type Schema } from './schema/index.js';
import { suggestion } from './suggestion.js';

/**
 * What is wrong with one recipe file (or one --set), a sentence each; empty where nothing is.
 *
 * @param content parsed YAML
 */
export function fileProblems(content: unknown): string[] {
  return [...sentences(recipeFile.safeParse(content), content), ...unheard(content, recipeFileSchema)];
}

/**
 * A recipe with every default filled in, or what is wrong with it, a sentence each.
 *
 * @param content all files and overrides merged
 */
export function completed(content: Content): { recipe: Recipe } | { problems: string[] } {
  // A missing section is named key by key.
  const result = recipeSchema.safeParse({ data: {}, ...content });
  return result.success ? { recipe: result.data } : { problems: sentences(result, content) };
}

function sentences({ error }: z.ZodSafeParseResult<unknown>, content: unknown): string[] {
  const found = error?.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [wrongValue(issue.path.map(String), content)];
    return issue.keys.map((key) => unknownKey([...issue.path.map(String), key], content));
  });
  return [...new Set(found)];
}

/** A name that zod passes over in tables without a word. */
const PASSED_OVER = '__proto__';

function unheard(content: unknown, schema: Schema, path: string[] = []): string[] {
  if (!isObject(content)) return [];
  if (isTable(schema) && Object.hasOwn(content, PASSED_OVER))
    return [invalid(path.join('.'), `names other than ${PASSED_OVER}`, content).message];
  return Object.entries(schema.properties ?? {}).flatMap(([key, below]) =>
    unheard(content[key], below, [...path, key]),
  );
}

/** Whether its keys are names that the user chooses. */
function isTable({ additionalProperties, anyOf = [] }: Schema): boolean {
  return typeof additionalProperties === 'object' || anyOf.some(isTable);
}

function unknownKey(path: string[], content: unknown): string {
  const { schema, at } = find(path.slice(0, -1), content);
  if (schema.anyOf) return wrongValue(at, content);
  return `${path.join('.')}: unknown key; ${suggestion(path, schema, recipeFileSchema)}`;
}

function wrongValue(path: string[], content: unknown): string {
  const { schema, at, value } = find(path, content);
  if (value === undefined) return invalid(at.join('.'), described(schema), undefined).message;
  return invalid(at.length ? at.join('.') : 'the recipe', expected(schema), value).message;
}

/** What stands at a path. A union says what it allows in one sentence: nothing below it is looked at. */
function find(path: string[], content: unknown): { schema: Schema; at: string[]; value: unknown } {
  let schema = recipeFileSchema;
  let value = content;
  const at: string[] = [];
  for (const key of path) {
    const { items, additionalProperties: others } = schema;
    const next =
      schema.properties?.[key] ??
      (typeof others === 'object' ? others : Array.isArray(items) ? items[Number(key)] : items);
    if (!next) break;
    schema = next;
    value = isObject(value) || Array.isArray(value) ? (value as Content)[key] : undefined;
    at.push(key);
  }
  return { schema, at, value };
}

/** A section is named by what it holds, not by a list of all that may stand in it. */
function expected(schema: Schema): string {
  if (!schema.properties) return expectation(schema);
  return `keys with values below it (${Object.keys(schema.properties).join(', ')})`;
}

function described(schema: Schema): string {
  return schema.description ? `${expectation(schema)} (${schema.description})` : expectation(schema);
}
