import type { Group } from '../../distributed/index.js';
import type { Listing } from '../../data/index.js';
import { Failure } from '../../errors.js';
import { hashOf } from './hash.js';
import type { RunData } from '../run/index.js';
import type { Parameters } from '../step/index.js';
import { recipeToYaml, type Recipe } from '../recipe/index.js';

/**
 * Makes sure that all processes are about to do the same: one recipe, the same images in the same order, the same
 * network.
 *
 * @throws Failure that names the first rank that differs from rank 0, and in what
 */
export async function refuseDifferences(
  group: Group,
  { recipe, data, parameters }: { recipe: Recipe; data: RunData; parameters: Parameters },
): Promise<void> {
  const shapes = parameters.changing.map(({ shape }) => shape.join(' × '));
  const all = await group.gather({
    recipe: hashOf([recipeToYaml(recipe)]),
    'training images': contentOf(data.train),
    'validation images': contentOf(data.val),
    network: hashOf([...parameters.trained.map(({ name }) => name), ...shapes]),
  });
  const [first] = all;
  for (const [rank, own] of all.entries()) {
    const other = Object.entries(own).find(([what, hash]) => first![what as keyof typeof own] !== hash);
    if (!other) continue;
    throw new Failure(
      `rank ${rank}: expected the same ${other[0]} as rank 0, found another; all processes need the same recipe, data and weights`,
    );
  }
}

function contentOf({ files, labels, classNames }: Listing): string {
  return hashOf([...files, '', ...classNames, labels.join()]);
}
