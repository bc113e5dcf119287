export { differences } from './differences.js';
export { completeRecipe, loadRecipe } from './load.js';
export { recipeFileSchema, type Recipe, type ScheduleRecipe } from './schema/index.js';
export { recipeTable } from './table.js';
export { recipeToYaml } from './yaml.js';
export { runAsked, type AskedRun, type RunRequest } from './run-asked.js';
