import { flag, integer, optional, section, type Schema } from './node.js';

export const log: Schema = section('What a run writes down', {
  every: integer('Steps between two lines in metrics.jsonl', { minimum: 1, default: 10 }),
  probe: section('The validation images whose maps are kept every epoch', {
    images: integer('How many', { minimum: 0, maximum: 256, default: 16 }),
    seed: integer('Which: a seed of their own, so that runs can be compared', {
      minimum: 0,
      maximum: 2 ** 32 - 1,
      default: 0,
    }),
  }),
  tensorboard: flag('Event files for TensorBoard', true),
  saliency: flag('Maps of the probe set every epoch', true),
});

export const checkpoint: Schema = section('When the state of the run is saved', {
  everyEpochs: integer('Epochs between two checkpoints', { minimum: 1, default: 1 }),
  everySteps: optional(integer('Also every so many steps; null: not', { minimum: 1 })),
  keep: integer('Newest checkpoints that stay, beside the best one', { minimum: 1, default: 2 }),
});
