// npm run recipe-docs: writes what follows from the schema of recipes, recipes/recipe.schema.json and the table of keys
// in docs/training.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { recipeFileSchema, recipeTable } from '../src/train/recipe/index.ts';

writeFileSync('recipes/recipe.schema.json', `${JSON.stringify(recipeFileSchema, null, 2)}\n`);

const page = 'docs/training.md';
const text = readFileSync(page, 'utf8');
const [begin, end] = ['<!-- recipe keys -->\n', '\n<!-- end of recipe keys -->'];
const [head, rest] = [text.indexOf(begin), text.indexOf(end)];
if (head < 0 || rest < head) throw new Error(`${page}: the marks around the table of keys are missing`);
writeFileSync(page, text.slice(0, head + begin.length) + recipeTable() + text.slice(rest));
