import { InvalidInput } from '../../errors.js';
import { recipeConflicts } from './consistency.js';
import { fileLayers, overrideLayer, ownKeys, type Layer } from './layers.js';
import { merge, type Content } from './merge.js';
import { completed, fileProblems } from './problems.js';
import { recipeFileSchema, type Recipe } from './schema/index.js';

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
  return resolved('recipe', [{ source: 'recipe', content }]);
}

function resolved(name: string, layers: Layer[]): Recipe {
  const inFiles = layers.flatMap(({ source, content }) =>
    fileProblems(content).map((problem) => `${source}: ${problem}`),
  );
  if (inFiles.length > 0) refuse(inFiles);
  const content = layers.reduce<Content>(laidOver, {});
  const result = completed(content);
  if ('problems' in result) return refuse(result.problems.map((problem) => `${name}: ${problem}`));
  const { recipe } = result;
  const conflicts = recipeConflicts(recipe);
  if (conflicts.length > 0) refuse(conflicts.map((problem) => `${name}: ${problem}`));
  return recipe;
}

function laidOver(below: Content, { content }: Layer): Content {
  return merge(below, ownKeys(content as Content), recipeFileSchema);
}

/** More of them is another kind of file than a recipe. */
const MOST_SHOWN = 20;

/** @throws InvalidInput with all that is wrong */
function refuse(problems: string[]): never {
  if (problems.length === 1) throw new InvalidInput(problems[0]);
  const more = problems.length - MOST_SHOWN;
  const lines = problems.slice(0, MOST_SHOWN).concat(more > 0 ? [`and ${more} more`] : []);
  throw new InvalidInput(
    `${problems.length} problems in the recipe:\n${lines.map((one) => `  ${one}`).join('\n')}`,
  );
}
