import type * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../../errors.js';
import type { MapInputs } from './types.js';

/**
 * Whose evidence a map shows.
 *
 * @throws InvalidInput when it is the label's and there are no labels
 */
export function targetOf({
  labels,
  options,
}: Pick<MapInputs, 'labels' | 'options'>): tf.Tensor1D | 'predicted' {
  if (options.target === 'prediction') return 'predicted';
  if (!labels) throw invalid('labels', 'a class index for each image', labels);
  return labels;
}
