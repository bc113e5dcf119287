import { InvalidInput } from '../../errors.js';
import { recipeConflicts } from './consistency.js';
import { fileLayers, overrideLayer, ownKeys, type Layer } from './layers.js';
import { merge, type Content } from './merge.js';
import { fileProblems, fillDefaults } from './problems.js';
import { recipeSchema } from './schema/index.js';
import type { Recipe } from './types.js';

/**
 * Reads a recipe file: what it extends, the file itself, and the overrides are laid over each other, in this order;
 * what is still missing is filled in from the schema's defaults.
 *
 * @param path YAML file
 * @param sets overrides, each 'a.b=value' with a value in YAML
 * @throws InvalidInput that lists everything that is wrong: YAML mistakes with their line, unknown keys with the
 *   nearest known one, values of a wrong type or out of range, missing keys, keys that contradict each other
 */
export async function loadRecipe(path: string, sets: string[] = []): Promise<Recipe> {
  return resolved(path, [...(await fileLayers(path)), ...sets.map(overrideLayer)]);
}

/**
 * A recipe from an object instead of a file.
 *
 * @param content what differs from the defaults; data.train and data.val must be there
 * @throws InvalidInput as loadRecipe
 */
export function completeRecipe(content: object): Recipe {
  return resolved('recipe', [{ source: 'recipe', content: structuredClone(content) }]);
}

function resolved(name: string, layers: Layer[]): Recipe {
  refuse(
    layers.flatMap(({ source, content }) => fileProblems(content).map((problem) => `${source}: ${problem}`)),
  );
  const content = layers.reduce<Content>(laidOver, {});
  refuse(fillDefaults(content).map((problem) => `${name}: ${problem}`));
  const recipe = content as unknown as Recipe;
  refuse(recipeConflicts(recipe).map((problem) => `${name}: ${problem}`));
  return recipe;
}

function laidOver(below: Content, { content }: Layer): Content {
  return merge(below, ownKeys(content as Content), recipeSchema);
}

function refuse(problems: string[]): void {
  if (problems.length === 0) return;
  if (problems.length === 1) throw new InvalidInput(problems[0]);
  throw new InvalidInput(
    `${problems.length} problems in the recipe:\n${problems.map((one) => `  ${one}`).join('\n')}`,
  );
}
