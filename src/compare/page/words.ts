import { type ComparisonReport } from '../index.js';

/** What was asked, for somebody who has not read the paper. */
export function question({ protocol, start, recipe }: ComparisonReport): string[] {
  const { images } = start;
  const seeds = (protocol['seeds'] as number[]).length;
  return [
    'A network that is fine-tuned on few photographs may learn the background instead of the object. An online stage ' +
      'tries to prevent that: while the network trains, a map of what it finds important is made for each image, and ' +
      'the rest of the image is blurred or replaced before the network learns from it.',
    `Here several such stages (arms) are compared with fine-tuning without any, called plain. Everything else is equal: ` +
      `the same ${images.train} training images in the same order with the same crops, the same starting weights, the ` +
      `same number of steps. Each arm was trained with ${seeds} seed${seeds === 1 ? '' : 's'} ` +
      `(another order, other crops, another new head) and measured on ${images.val} validation images of ` +
      `${recipe.data.size} × ${recipe.data.size} pixels.`,
    'Some arms are controls. If a random mask, a centered one or blurring everything does as well as a saliency map, then ' +
      'it is not the saliency that helps.',
  ];
}

/** How to read the intervals. */
export function reading({ protocol, done, planned }: ComparisonReport): string[] {
  const seeds = (protocol['seeds'] as number[]).length;
  return [
    'The brackets are 95 % intervals of the difference to plain. They come from drawing the seeds and the validation ' +
      'images anew, with replacement, 2000 times: how much would the difference move with other seeds and other images? ' +
      'Where an interval holds 0, the runs do not show a difference; that does not mean that there is none.',
    seeds === 1
      ? 'With a single seed only the images are drawn anew. How much another seed would change is unknown, and that is ' +
        'often more than all the differences here: no conclusion should rest on this.'
      : `${seeds < 10 ? `${seeds} seeds are few. Intervals from so few are rather too narrow, so look` : 'Look'} at each ` +
        "seed's difference too: a difference that changes its sign from seed to seed is none.",
    'With many arms one in twenty intervals misses 0 by chance alone.',
    ...(done < planned ? [`${done} of ${planned} runs are done: this is what they say so far.`] : []),
  ];
}
