import { z } from 'zod';
import { data } from './data.js';
import { model } from './model.js';
import { optimizer, schedule } from './optimization.js';
import { checkpoint, log } from './outputs.js';
import { precision, seed, text } from './parts.js';
import { stage } from './stage.js';

const about = {
  data: 'The images',
  whole: 'A training run of camtune',
};

/** A whole recipe: every key, what it may be, its default and what it means. */
export const recipeSchema = z
  .strictObject({
    model: model.prefault({}).describe('The network'),
    data: data.describe(about.data),
    stage: stage
      .prefault({})
      .describe('The online saliency stage: salient pixels stay, the others are blurred'),
    optimizer: optimizer.prefault({}).describe('How gradients become steps'),
    schedule: schedule.prefault({}).describe('How long, and the learning rate on the way'),
    precision: precision()
      .default('float32')
      .describe('Precision of the forward and backward pass; variables are always float32'),
    log: log.prefault({}).describe('What a run writes down'),
    checkpoint: checkpoint.prefault({}).describe('When the state of the run is saved'),
    seed: seed().describe('Seed of everything random: initialization, shuffling, crops, the stage'),
  })
  .describe(about.whole);

/** One recipe file, which may extend another, so that it requires nothing. */
export const recipeFile = z
  .strictObject({
    extends: text().optional().describe('Recipe that this one changes, relative to this file'),
    ...recipeSchema.shape,
    data: data.partial({ train: true, val: true }).prefault({}).describe(about.data),
  })
  .describe(about.whole);

/**
 * A whole training run as data. Every key is present: what a recipe file leaves out has been filled in from the
 * defaults. Paths are relative to the folder that the command is run in.
 */
export type Recipe = z.infer<typeof recipeSchema>;
/** What the learning rate follows from. */
export type ScheduleRecipe = Omit<Recipe['schedule'], 'stop' | 'validateEvery'>;
