import type { Schema } from './schema/index.js';

/** What a schema asks for, in words that fit behind "expected": "an integer of 1 or more, or null". */
export function expectation(schema: Schema): string {
  if (!schema.anyOf) return simple(schema);
  const anyOf = alternatives(schema);
  const others = anyOf.filter(({ type }) => type !== 'null');
  const words = others.flatMap((other) => choices(other) ?? [simple(other)]);
  if (others.length === anyOf.length) return either(words);
  return others.every(choices) ? either([...words, 'null']) : `${either(words)}, or null`;
}

/** What a union allows; a union within it is no alternative of its own. */
function alternatives(schema: Schema): readonly Schema[] {
  return schema.anyOf?.flatMap(alternatives) ?? [schema];
}

function simple(schema: Schema): string {
  switch (schema.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `an integer${bounds(schema)}`;
    case 'number':
      return `a number${bounds(schema)}`;
    case 'string':
      return either(choices(schema) ?? ['a text']);
    case 'array':
      return list(schema);
    default:
      if (typeof schema.additionalProperties === 'object')
        return `{ NAME: ${expectation(schema.additionalProperties)}, … }`;
      return `{ ${Object.entries(schema.properties ?? {})
        .map(([key, node]) => (node.properties ? `${key}: {...}` : `${key}: ${expectation(node)}`))
        .join(', ')} }`;
  }
}

/** The values that a schema names one by one. */
function choices(schema: Schema): string[] | undefined {
  const values = schema.const === undefined ? schema.enum : [schema.const];
  return values?.map((value) => JSON.stringify(value));
}

function list({ items, minItems, maxItems }: Schema): string {
  const [item] = [items ?? []].flat();
  const of = item ? `, each ${expectation(item)}` : '';
  return minItems !== undefined && minItems === maxItems ? `a list of ${minItems}${of}` : `a list${of}`;
}

function bounds({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Schema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  const low =
    exclusiveMinimum !== undefined
      ? ` above ${exclusiveMinimum}`
      : minimum !== undefined
        ? ` of ${minimum} or more`
        : '';
  const high =
    exclusiveMaximum !== undefined
      ? ` below ${exclusiveMaximum}`
      : maximum !== undefined
        ? ` up to ${maximum}`
        : '';
  return low && high ? `${low} and${high}` : low || high;
}

function either(phrases: string[]): string {
  return phrases.length > 1
    ? `${phrases.slice(0, -1).join(', ')} or ${phrases.at(-1)}`
    : (phrases[0] ?? 'nothing');
}
