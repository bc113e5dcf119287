export { recipeFileSchema, recipeSchema } from './recipe.js';
export type { Schema } from './node.js';
