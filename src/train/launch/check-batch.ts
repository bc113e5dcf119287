import { invalid } from '../../errors.js';
import type { Recipe } from '../recipe/index.js';

/** @throws InvalidInput where a batch has fewer images than there are processes */
export function checkBatch({ data: { batchSize } }: Pick<Recipe, 'data'>, processes: number): void {
  if (batchSize >= processes) return;
  throw invalid('data.batchSize', `at least ${processes}, an image for each process`, batchSize);
}
