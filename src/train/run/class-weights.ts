import { classCounts, type Listing } from '../../data/index.js';
import { invalid } from '../../errors.js';
import { firstFew } from '../../text/format.js';
import type { Recipe } from '../recipe/index.js';

/**
 * What a recipe's class weights are for the classes of a listing, in their order; null where all count the same.
 * balanced: images / (classes · images of the class), as scikit-learn has it. With names, a class that is not named has 1.
 *
 * @throws InvalidInput for a name that is no class
 */
export function classWeightsOf({ data }: Recipe, { classNames, labels }: Listing): number[] | null {
  const wanted = data.classWeights;
  if (wanted === null) return null;
  if (wanted === 'balanced') {
    const counts = classCounts({ classNames, labels });
    const present = counts.filter((count) => count > 0).length;
    return counts.map((count) => (count > 0 ? labels.length / (present * count) : 1));
  }
  const unknown = Object.keys(wanted).find((name) => !classNames.includes(name));
  if (unknown !== undefined)
    throw invalid('data.classWeights', `names of classes (${firstFew(classNames)})`, unknown);
  return classNames.map((name) => (Object.hasOwn(wanted, name) ? wanted[name]! : 1));
}
