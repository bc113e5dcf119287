import { type ComparisonReport } from '../index.js';

/** What was asked, for somebody who has not read the paper. */
export function question({ protocol, start, recipe, control, unit }: ComparisonReport): string[] {
  const { images } = start;
  const seeds = (protocol['seeds'] as number[]).length;
  return [
    'A network that is fine-tuned on few photographs may learn the background instead of the object. An online stage ' +
      'tries to prevent that: while the network trains, a map of what it finds important is made for each image, and ' +
      'the rest of the image is blurred or replaced before the network learns from it.',
    `Here several such stages (arms) are compared with ${control === 'plain' ? 'fine-tuning without any, called plain' : `the arm ${control}`}. Everything else is equal: ` +
      `the same ${images.train} training images in the same order with the same crops, the same starting weights, the ` +
      `same number of steps, unless an arm's name ends in epochs of its own. Each arm was trained with ${seeds} ` +
      `${unit}${seeds === 1 ? '' : 's'} (${unit === 'draw' ? 'other images, ' : ''}another order, other crops, another new head) and measured on ${images.val} validation images of ` +
      `${recipe.data.size} × ${recipe.data.size} pixels.`,
    'Some arms are controls. If a random mask, a centered one or blurring everything does as well as a saliency map, then ' +
      'it is not the saliency that helps.',
  ];
}

/** How to read the intervals. */
export function reading({ protocol, done, planned, control, unit }: ComparisonReport): string[] {
  const seeds = (protocol['seeds'] as number[]).length;
  const images = unit === 'draw' ? 'the validation images of each' : 'the validation images';
  return [
    `The brackets are 95 % intervals of the difference to ${control}. The first come from drawing the ${unit}s and ` +
      `${images} anew, with replacement, 2000 times: how much would the difference move with other ${unit}s and other ` +
      `images? Student's comes from the scatter of the ${unit}s' differences alone, and knows that a few of them may ` +
      'lie together by chance. Where an interval holds 0, the runs do not show a difference; that does not mean that ' +
      'there is none.',
    seeds === 1
      ? `With a single ${unit} only the images are drawn anew. How much another ${unit} would change is unknown, and that ` +
        'is often more than all the differences here: no conclusion should rest on this.'
      : `${seeds < 10 ? `${seeds} ${unit}s are few: look` : 'Look'} at each ${unit}'s difference too: a difference that ` +
        `changes its sign from ${unit} to ${unit} is none.`,
    'With many arms one in twenty intervals misses 0 by chance alone; the p values are corrected for that (Holm 1979). A verdict wants both intervals and the corrected p value.',
    ...(done < planned ? [`${done} of ${planned} runs are done: this is what they say so far.`] : []),
  ];
}
