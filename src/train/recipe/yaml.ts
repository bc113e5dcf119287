import { LineCounter, parseDocument, stringify } from 'yaml';
import { InvalidInput } from '../../errors.js';
import { type Recipe, recipeSchema } from './schema/index.js';

/**
 * Reads YAML 1.2.
 *
 * @param text one document
 * @param source file or flag that it comes from, for the message
 * @throws InvalidInput with the line of the first mistake
 */
export function parseYaml(text: string, source: string): unknown {
  const lines = new LineCounter();
  // Keys are text: those of a table are names of classes or layers, also 01 and null.
  // Values are those of JSON, so tags (!!set, !!binary) are refused.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    resolveKnownTags: false,
  });
  const mistake = document.errors[0] ?? document.warnings[0];
  if (mistake) {
    const { line, col } = lines.linePos(mistake.pos[0]);
    const what =
      mistake.code === 'MULTIPLE_DOCS' ? 'expected one document, found another one' : mistake.message;
    throw new InvalidInput(`${source}, line ${line}, column ${col}: not valid YAML: ${what}`);
  }
  try {
    return document.toJS() as unknown;
  } catch (error) {
    // Aliases are resolved only here: one without an anchor, or very many of them.
    throw new InvalidInput(`${source}: not valid YAML: ${(error as Error).message}`);
  }
}

/**
 * The whole recipe as YAML, every key spelled out in the schema's order, so that two recipes can be compared line
 * by line. loadRecipe reads the same recipe from it.
 */
export function recipeToYaml(recipe: Recipe): string {
  return stringify(recipeSchema.parse(recipe), { lineWidth: 0, aliasDuplicateObjects: false });
}
