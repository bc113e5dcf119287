import { asksClass, mapSize, usesLayer, withChannels } from '../../augment/index.js';
import type { Recipe } from '../recipe/index.js';
import { type RunNetwork, stageOf } from './prepare.js';
import { sideToTry } from './side-to-try.js';

/**
 * Why the stage of a recipe will do nothing, or nothing that makes sense, before it has run; a sentence each.
 *
 * @param network asked for the activations of one image: needs a backend that computes
 * @throws InvalidInput where it has fewer channels than the stage has groups: with stage.start training would go on for
 *   hours before it hears of that
 */
export function stageWarnings(recipe: Recipe, { classifier, model, newHead }: RunNetwork): string[] {
  const { stage, data } = recipe;
  const options = stageOf(recipe);
  if (!stage.enabled) return [];
  const warnings: string[] = [];
  if (usesLayer(options)) {
    const asked = options.method === 'group-cam' ? withChannels(classifier, options.groups) : classifier;
    const hasOnePosition = (side: number): boolean =>
      mapSize(asked, [side, side, 3], options.scoringScale).every((positions) => positions === 1);
    // What has several positions at a smaller size has them at this one.
    if (hasOnePosition(sideToTry(model, data.size)) && hasOnePosition(data.size)) {
      warnings.push(
        `the stage changes no image: the target layer ${classifier.layer} has one position at ${data.size} pixels, so that every map is constant; name an earlier layer (stage.layer) or take larger images (data.size)`,
      );
    }
  }
  if (options.method === 'lafam' && usesLayer(options) && classifier.attention && stage.layer === null) {
    warnings.push(
      `the stage takes the mean of the channels of ${classifier.layer}, which stands behind a layer norm and has nearly the same mean for every patch: its maps say little; stage.cost: exact or stage.method: eigen-cam look at more (docs/stage.md)`,
    );
  }
  if (newHead && stage.start === 0 && asksClass(options)) {
    warnings.push(
      'the last layer is new and has learned nothing when the stage begins, so that its first maps are noise; stage.start: 1 lets it learn for an epoch first',
    );
  }
  return warnings;
}
