import { data, model } from './inputs.js';
import { integer, section, type Schema } from './node.js';
import { optimizer, precision, schedule } from './optimization.js';
import { checkpoint, log } from './outputs.js';
import { stage } from './stage.js';

/** The JSON Schema (draft 7) of a whole recipe: every key, its range, its default and what it means. */
export const recipeSchema: Schema = section('A training run of camtune', {
  model,
  data,
  stage,
  optimizer,
  schedule,
  precision,
  log,
  checkpoint,
  seed: integer('Seed of everything random', { minimum: 0, maximum: 2 ** 32 - 1, default: 0 }),
});
// The whole is never left out.
delete recipeSchema.default;

/**
 * The schema of one recipe file, which may extend another, so that it requires nothing.
 * Editors get it (recipes/recipe.schema.json), and each file is checked against it on its own.
 */
export const recipeFileSchema: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  ...withoutRequired(recipeSchema),
};
recipeFileSchema.properties = {
  extends: {
    type: 'string',
    minLength: 1,
    description: 'Recipe that this one changes, relative to this file',
  },
  ...recipeFileSchema.properties,
};

function withoutRequired(schema: Schema): Schema {
  const { properties, ...rest } = schema;
  if (!properties) return schema;
  delete rest.required;
  return {
    ...rest,
    properties: Object.fromEntries(
      Object.entries(properties).map(([key, node]) => [key, withoutRequired(node)]),
    ),
  };
}
