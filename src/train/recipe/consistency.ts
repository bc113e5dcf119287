import { stageConflict } from '../../augment/index.js';
import { invalid } from '../../errors.js';
import type { Recipe } from './schema/index.js';

/** Of the pixels of one batch. */
const mostBytes = 2 ** 31 - 1;

/** What each key allows and the recipe as a whole does not, a sentence each; empty where nothing is wrong. */
export function recipeConflicts(recipe: Recipe): string[] {
  const { data, stage, schedule } = recipe;
  const problems: (string | false)[] = [
    data.resize < data.size && said('data.resize', `at least data.size (${data.size})`, data.resize),
    3 * data.batchSize * data.size ** 2 > mostBytes &&
      said(
        'data.batchSize',
        `at most ${Math.floor(mostBytes / (3 * data.size ** 2))} images at data.size ${data.size}`,
        data.batchSize,
      ),
    typeof data.val === 'string' &&
      /^[\d.]+ ?%?$/.test(data.val) &&
      said('data.val', 'a path, or a number above 0 and below 1 without quotes or %', data.val),
    descends(data.augment.scale) && said('data.augment.scale', 'the lower number first', data.augment.scale),
    descends(data.augment.ratio) && said('data.augment.ratio', 'the lower number first', data.augment.ratio),
    stage.blur.size % 2 === 0 && said('stage.blur.size', 'an odd number of taps', stage.blur.size),
    schedule.milestones.some((milestone, index) => milestone <= (schedule.milestones[index - 1] ?? 0)) &&
      said('schedule.milestones', 'ascending epochs', schedule.milestones),
    schedule.kind === 'multi-step' &&
      schedule.milestones.length === 0 &&
      said(
        'schedule.milestones',
        'at least one epoch where schedule.kind is "multi-step"',
        schedule.milestones,
      ),
    schedule.warmupEpochs > schedule.epochs &&
      said('schedule.warmupEpochs', `at most schedule.epochs (${schedule.epochs})`, schedule.warmupEpochs),
    schedule.finalEpochs >= schedule.epochs &&
      said('schedule.finalEpochs', `less than schedule.epochs (${schedule.epochs})`, schedule.finalEpochs),
    schedule.stop.saliency.act &&
      schedule.stop.saliency.within === null &&
      said('schedule.stop.saliency.within', 'a number where schedule.stop.saliency.act is true', null),
    data.limitSeed !== null &&
      data.limit === null &&
      said('data.limitSeed', 'null where data.limit is: then all images are taken', data.limitSeed),
    schedule.minimum > recipe.optimizer.learningRate &&
      said(
        'schedule.minimum',
        `at most optimizer.learningRate (${recipe.optimizer.learningRate})`,
        schedule.minimum,
      ),
    data.sampling === 'balanced' &&
      data.classWeights === 'balanced' &&
      said('data.classWeights', 'null where data.sampling is balanced: one of them is enough', 'balanced'),
    recipe.optimizer.name === 'adamw' &&
      recipe.optimizer.nesterov &&
      said('optimizer.nesterov', 'false where optimizer.name is adamw', true),
    ...ofStage(recipe),
  ];
  return problems.filter((problem) => problem !== false);
}

function ofStage({ data, stage }: Recipe): (string | false)[] {
  const mixes = stage.blend === 'saliency-mix' || stage.blend === 'cut-mix';
  const { policy } = data.augment;
  const pairs = (['mixup', 'cutmix'] as const).flatMap((key): (string | false)[] => {
    const alpha = data.augment[key];
    const only = (where: string): string => said(`data.augment.${key}`, `0 where ${where}`, alpha);
    return [
      alpha > 0 && stage.enabled && mixes && only(`stage.blend mixes labels too (${stage.blend})`),
      alpha > 0 && stage.enabled && stage.consistency > 0 && only('stage.consistency is above 0'),
    ];
  });
  return [
    ...pairs,
    stage.enabled &&
      stage.method === 'boxes' &&
      policy.name !== null &&
      said(
        'data.augment.policy.name',
        'null where stage.method is boxes, which stay where they were',
        policy.name,
      ),
    stageConflict(stage) ?? false,
    stage.enabled &&
      stage.method === 'boxes' &&
      data.trainBoxes === null &&
      said('data.trainBoxes', "a file in COCO's instances format where stage.method is boxes", null),
    stage.consistency > 0 &&
      mixes &&
      said('stage.consistency', `0 where stage.blend mixes labels (${stage.blend})`, stage.consistency),
  ];
}

function descends([low, high]: [number, number]): boolean {
  return low > high;
}

function said(name: string, expected: string, found: unknown): string {
  return invalid(name, expected, found).message;
}
