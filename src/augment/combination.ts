import { invalid } from '../errors.js';
import type { StageOptions } from './types.js';

/**
 * What is wrong with a method and a blend together, a sentence; null where nothing is.
 *
 * An empty map has nothing to keep, so only the whole blur and a blend without a map make sense of it; boxes have no
 * most salient pixel.
 */
export function stageConflict({ method, blend }: Pick<StageOptions, 'method' | 'blend'>): string | null {
  if (method === 'none' && blend !== 'blur' && blend !== 'cut-mix') {
    return invalid('stage.blend', 'blur or cut-mix where stage.method is none', blend).message;
  }
  if (method === 'boxes' && blend === 'saliency-mix') {
    return invalid('stage.blend', 'another one where stage.method is boxes, which have no most salient pixel', blend).message; // prettier-ignore
  }
  if (method === 'eigen-permuted' && blend === 'saliency-mix') {
    return invalid('stage.blend', 'another one where stage.method is eigen-permuted: both ask another image for its map', blend).message; // prettier-ignore
  }
  return null;
}
