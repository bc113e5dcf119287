import { z } from 'zod';
import type { StageBlend, StageMethod } from '../../../augment/index.js';
import { count, optional, precision, share, text } from './parts.js';

const methods = [
  'group-cam',
  'lafam',
  'eigen-cam',
  'cam',
  'recipro-cam',
  'eigen-permuted',
  'eigen-shifted',
  'random',
  'center',
  'none',
  'boxes',
] as const satisfies StageMethod[];

const blends = [
  'blur',
  'soft',
  'inverse',
  'hide',
  'background',
  'background-blur',
  'saliency-mix',
  'cut-mix',
  'keep-augment',
] as const satisfies StageBlend[];

const blur = z.strictObject({
  size: count().default(51).describe('Gaussian blur of the baseline: taps, an odd number'),
  sigma: z.number().gt(0).default(50).describe('Its standard deviation, pixels'),
});

export const stage = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether training goes through the stage'),
  method: z
    .enum(methods)
    .default('group-cam')
    .describe(
      'Where the map comes from: the network (group-cam, lafam, eigen-cam, cam, recipro-cam), or as a control from elsewhere',
    ),
  blend: z
    .enum(blends)
    .default('blur')
    .describe(
      'What is done with it: blur: outside blurred; soft: the less salient the more blurred; inverse: inside blurred; hide: inside the mean color; background: outside another image; background-blur: outside another image, blurred; saliency-mix, cut-mix: a part of another image pasted, labels mixed; keep-augment: a square erased beside what is salient',
    ),
  consistency: z
    .number()
    .min(0)
    .default(0)
    .describe(
      'Above 0: learn from the images as they are, and let predictions for staged ones agree, with this weight',
    ),
  groups: count().default(16).describe('Groups of channels: the queries that an image costs'),
  threshold: z
    .union([
      z.strictObject({ quantile: share() }),
      z.strictObject({ fixed: share() }),
      z.strictObject({ deviations: z.number().min(0) }),
      z.literal('mean'),
    ])
    .default('mean')
    .describe(
      'What of the map is kept: above its mean, above a quantile of it, above a value after min-max, or above its mean by so many standard deviations',
    ),
  blur: blur.prefault({}).describe('Gaussian blur of the baseline'),
  probability: share().default(1).describe('Probability with which an image goes through the stage'),
  target: z.enum(['label', 'prediction']).default('label').describe('Class whose evidence is kept'),
  cost: z
    .enum(['exact', 'auto'])
    .default('exact')
    .describe('exact: every query; auto: may answer more cheaply, and says how'),
  layer: optional(text()).describe('Target layer; null: the last one with spatial output'),
  start: z
    .number()
    .min(0)
    .default(0)
    .describe('Epochs that pass before the stage begins; fractions are allowed'),
  chunk: count().default(32).describe('Masked copies scored in one forward pass: bounds the memory'),
  scoringScale: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe('Share of height and width at which the network is asked for the map'),
  scoringPrecision: optional(precision()).describe(
    'What the network is asked in for the map: 16 bits where they are faster; null: as the rest, with cost auto bfloat16',
  ),
});
