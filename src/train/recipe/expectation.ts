import type { Schema } from './schema/index.js';

/** What a schema asks for, in words that fit behind "expected": "an integer of 1 or more, or null". */
export function expectation(schema: Schema): string {
  if (schema.anyOf) return either(schema.anyOf.map(expectation));
  if (schema.enum)
    return either(schema.enum.map((value) => (value === null ? 'null' : JSON.stringify(value))));
  const types = [schema.type ?? 'any'].flat();
  return types.map((type) => (type === 'null' ? 'null' : ofType(type, schema))).join(', or ');
}

function ofType(type: string, schema: Schema): string {
  switch (type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `an integer${bounds(schema)}`;
    case 'number':
      return `a number${bounds(schema)}`;
    case 'string':
      return 'a text';
    case 'array':
      return list(schema);
    default:
      return `{ ${Object.entries(schema.properties ?? {})
        .map(([key, node]) => (node.properties ? `${key}: {...}` : `${key}: ${expectation(node)}`))
        .join(', ')} }`;
  }
}

function list({ items, minItems, maxItems }: Schema): string {
  const of = items ? `, each ${expectation(items)}` : '';
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
