export { recipeFileSchema, type Schema } from './json.js';
export { recipeFile, recipeSchema, type Recipe, type ScheduleRecipe } from './recipe.js';
