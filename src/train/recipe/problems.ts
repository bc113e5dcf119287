import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { invalid } from '../../errors.js';
import { expectation } from './expectation.js';
import { suggestion } from './suggestion.js';
import { recipeFileSchema, recipeSchema, type Schema } from './schema/index.js';

const options = { allErrors: true, verbose: true, allowUnionTypes: true };

/**
 * What is wrong with one recipe file (or one --set), a sentence each; empty where nothing is.
 *
 * @param content parsed YAML
 */
export function fileProblems(content: unknown): string[] {
  return sentences(new Ajv(options).compile(recipeFileSchema), content);
}

/**
 * Fills in every default and says what is wrong with the whole recipe, a sentence each.
 *
 * @param content all files and overrides merged; the defaults are written into it
 */
export function fillDefaults(content: unknown): string[] {
  return sentences(new Ajv({ ...options, useDefaults: true }).compile(recipeSchema), content);
}

function sentences(validate: ValidateFunction, content: unknown): string[] {
  if (validate(content)) return [];
  const errors = validate.errors ?? [];
  const unions = errors.filter((error) => error.keyword === 'anyOf').map((error) => error.instancePath);
  // A union says what it allows in one sentence; what each of its branches lacked would only confuse.
  const told = errors.filter(
    ({ keyword, instancePath }) =>
      keyword === 'anyOf' ||
      !unions.some((path) => instancePath === path || instancePath.startsWith(`${path}/`)),
  );
  return [...new Set(told.map(sentence))];
}

function sentence(error: ErrorObject): string {
  const path = error.instancePath.split('/').slice(1).map(unescape);
  const schema = error.parentSchema as Schema;
  if (error.keyword === 'additionalProperties') {
    const unknown = [...path, (error.params as { additionalProperty: string }).additionalProperty];
    return `${unknown.join('.')}: unknown key; ${suggestion(unknown, schema, recipeFileSchema)}`;
  }
  if (error.keyword === 'required') {
    const missing = (error.params as { missingProperty: string }).missingProperty;
    const node = schema.properties?.[missing];
    return invalid([...path, missing].join('.'), described(node), undefined).message;
  }
  const found =
    typeof error.data === 'number' && !Number.isFinite(error.data) ? String(error.data) : error.data;
  return invalid(path.length ? path.join('.') : 'the recipe', expected(schema), found).message;
}

/** A section is named by what it holds, not by a list of all that may stand in it. */
function expected(schema: Schema): string {
  if (!schema.properties) return expectation(schema);
  return `keys with values below it (${Object.keys(schema.properties).join(', ')})`;
}

function described(node: Schema | undefined): string {
  return node?.description ? `${expectation(node)} (${node.description})` : 'a value';
}

function unescape(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}
