import { expectation } from './expectation.js';
import { recipeFileSchema, type Schema } from './schema/index.js';

/** Every key of a recipe with its default, what it may be and what it means, as a table in Markdown. */
export function recipeTable(): string {
  const { properties = {} } = recipeFileSchema;
  const keys = Object.entries(properties).filter(([key]) => key !== 'extends');
  const rows = keys.flatMap(([key, schema]) => leaves(key, schema));
  return ['| key | default | values | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function leaves(path: string, schema: Schema): string[] {
  const { properties, description = '' } = schema;
  if (properties) return Object.entries(properties).flatMap(([key, node]) => leaves(`${path}.${key}`, node));
  const standard = schema.default === undefined ? '' : `\`${JSON.stringify(schema.default, rounded)}\``;
  const cells = [`\`${path}\``, standard, expectation(schema), description];
  return [`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`];
}

/** 4/3 as 1.333. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value;
}
