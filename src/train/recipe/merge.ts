import { isObject } from '../../text/is-object.js';
import type { Schema } from './schema/index.js';

export type Content = Record<string, unknown>;

/**
 * One recipe laid over another: sections are merged key by key, everything else (numbers, lists, a threshold's
 * object) is replaced whole. The schema says which objects are sections.
 */
export function merge(base: Content, over: Content, schema: Schema): Content {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key);
    const node = child(schema, key);
    merged.set(
      key,
      node?.properties && isObject(below) && isObject(value) ? merge(below, value, node) : value,
    );
  }
  return Object.fromEntries(merged);
}

function child(schema: Schema, key: string): Schema | undefined {
  return schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
}
