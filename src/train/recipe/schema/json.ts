import { z } from 'zod';
import { recipeFile } from './recipe.js';

/** The part of JSON Schema that recipes use. */
export interface Schema {
  $schema?: string;
  type?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  /** What stands under each key of a table with keys of the user's own; false: there are no others. */
  additionalProperties?: boolean | Schema;
  propertyNames?: Schema;
  /** Of a tuple one schema each. */
  items?: Schema | Schema[];
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  exclusiveMaximum?: number;
  anyOf?: Schema[];
}

/** The JSON Schema (draft 7) of one recipe file, for editors (recipes/recipe.schema.json) and for messages. */
export const recipeFileSchema = z.toJSONSchema(recipeFile, {
  target: 'draft-7',
  io: 'input',
  override: ({ jsonSchema }) => {
    // zod bounds every integer, to where a number still tells two of them apart.
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  },
}) as Schema;
