import { z } from 'zod';
import { count, optional, seed } from './parts.js';

const probe = z.strictObject({
  images: count(0)
    .max(256)
    .default(16)
    .describe('Validation images whose maps are kept every epoch, as even over the classes as can be'),
  seed: seed().describe('Which images these are: a seed of their own, so that runs can be compared'),
});

export const log = z.strictObject({
  every: count().default(10).describe('Steps between two lines in metrics.jsonl'),
  probe: probe.prefault({}).describe('The validation images whose maps are kept every epoch'),
  tensorboard: z.boolean().default(true).describe('Event files for TensorBoard'),
  saliency: z.boolean().default(true).describe('Maps of the probe set every epoch'),
});

export const checkpoint = z.strictObject({
  everyEpochs: count().default(1).describe('Epochs between two checkpoints'),
  everySteps: optional(count()).describe('Also every so many steps; null: not'),
  keep: count().default(2).describe('Newest checkpoints that stay, beside the best one'),
});
