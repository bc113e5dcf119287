import { choice, flag, integer, number, optional, section, share, text, type Schema } from './node.js';

const threshold: Schema = {
  description:
    'What of the map is kept: above its mean, above a quantile of it, or above a value after min-max',
  anyOf: [only('quantile'), only('fixed'), { enum: ['mean'] }],
  default: 'mean',
};

export const stage: Schema = section(
  'The online saliency stage: salient pixels stay, the others are blurred',
  {
    enabled: flag('Whether training goes through the stage', true),
    method: choice(
      'Where the map comes from: the network (group-cam, lafam, eigen-cam, cam, recipro-cam), or as a control from elsewhere',
      ['group-cam', 'lafam', 'eigen-cam', 'cam', 'recipro-cam', 'random', 'centre', 'none', 'boxes'],
      'group-cam',
    ),
    blend: choice(
      'What is done with it: blur: outside blurred; soft: the less salient the more blurred; inverse: inside blurred; background: outside another image; background-blur: outside another image, blurred; saliency-mix, cut-mix: a part of another image pasted, labels mixed; keep-augment: a square erased beside what is salient',
      ['blur', 'soft', 'inverse', 'background', 'background-blur', 'saliency-mix', 'cut-mix', 'keep-augment'],
      'blur',
    ),
    consistency: number(
      'Above 0: learn from the images as they are, and let predictions for staged ones agree, with this weight',
      { minimum: 0, default: 0 },
    ),
    groups: integer('Groups of channels: the queries that an image costs', { minimum: 1, default: 16 }),
    threshold,
    blur: section('Gaussian blur of the baseline', {
      size: integer('Taps, an odd number', { minimum: 1, default: 51 }),
      sigma: number('Standard deviation, pixels', { exclusiveMinimum: 0, default: 50 }),
    }),
    probability: share('Probability with which an image goes through the stage', 1),
    target: choice('Class whose evidence is kept', ['label', 'prediction'], 'label'),
    cost: choice(
      'exact: every query; auto: may answer more cheaply, and says how',
      ['exact', 'auto'],
      'exact',
    ),
    layer: optional(text('Target layer; null: the last one with spatial output')),
    start: number('Epochs that pass before the stage begins', { minimum: 0, default: 0 }),
    chunk: integer('Masked copies scored in one forward pass: bounds the memory', {
      minimum: 1,
      default: 32,
    }),
    scoringScale: number('Share of height and width at which the network is asked for the map', {
      exclusiveMinimum: 0,
      maximum: 1,
      default: 1,
    }),
  },
);

function only(key: string): Schema {
  return {
    type: 'object',
    properties: { [key]: { type: 'number', minimum: 0, maximum: 1 } },
    required: [key],
    additionalProperties: false,
  };
}
