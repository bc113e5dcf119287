import type { StageOptions } from '../augment/index.js';
import type { Group } from '../distributed/index.js';
import type { Precision } from '../tensorflow/index.js';
import type { Recipe } from './recipe/index.js';
import type { Resumed, RunData, RunNetwork } from './run/index.js';
import type { Parameters } from './step/index.js';
import type { TrainOptions } from './train-options.js';

/** A run that is ready to begin, or to go on. */
export interface Prepared {
  recipe: Recipe;
  data: RunData;
  network: RunNetwork;
  parameters: Parameters;
  classWeights: number[] | null;
  precision: Precision;
  stage: StageOptions;
  resumed: Resumed | undefined;
  /** Undefined where this process trains alone. */
  group: Group | undefined;
  options: TrainOptions & { log: (line: string) => void };
}
