export { differences } from './differences.js';
export { completeRecipe, loadRecipe } from './load.js';
export { recipeFileSchema, recipeSchema } from './schema/index.js';
export { recipeToYaml } from './yaml.js';
export type {
  AugmentRecipe,
  CheckpointRecipe,
  DataRecipe,
  LogRecipe,
  ModelRecipe,
  OptimizerRecipe,
  Recipe,
  ScheduleRecipe,
  StageRecipe,
  ThresholdRecipe,
} from './types.js';
