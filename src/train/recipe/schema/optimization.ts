import { z } from 'zod';
import { count, optional, share, table } from './parts.js';

const beta = z.number().min(0).lt(1);

export const optimizer = z.strictObject({
  name: z
    .enum(['sgd', 'adamw'])
    .default('sgd')
    .describe(
      'sgd: stochastic gradient descent with momentum; adamw: Loshchilov & Hutter (2019); both in the form of PyTorch',
    ),
  learningRate: z.number().min(0).default(0.01).describe("Learning rate at the schedule's height"),
  referenceBatch: optional(count()).describe(
    'Images a step that learningRate is meant for: it is multiplied by data.batchSize · accumulate over this number (the linear rule of Goyal et al. 2017; warm up for some epochs with it). null: it counts as it stands',
  ),
  momentum: z
    .number()
    .min(0)
    .lt(1)
    .default(0.9)
    .describe('sgd: share of the last update that the next one keeps, without dampening'),
  nesterov: z.boolean().default(false).describe('sgd: Nesterov momentum'),
  betas: z
    .tuple([beta, beta])
    .default([0.9, 0.999])
    .describe('adamw: shares of the first and second moment that the next step keeps'),
  epsilon: z.number().gt(0).default(1e-8).describe('adamw: added to the root of the second moment'),
  weightDecay: z
    .number()
    .min(0)
    .default(1e-4)
    .describe(
      "sgd: added to the gradient as weightDecay · weight; adamw: a step takes learning rate · weightDecay · weight away (PyTorch's default there is 0.01)",
    ),
  decayNormAndBias: z
    .boolean()
    .default(true)
    .describe("Norms and biases decay too, and a transformer's tokens and positions"),
  accumulate: count()
    .default(1)
    .describe("Batches whose mean gradient makes one step: the paper's 256 images are 8 × 32"),
  wire: z
    .enum(['float32', 'bfloat16'])
    .default('float32')
    .describe(
      'With several processes: the number format in which they send each other gradients; bfloat16 is half as many bytes, and rounds the sums to 8 bits',
    ),
  clipNorm: optional(z.number().gt(0)).describe('Largest global norm of the gradient; null: no limit'),
  labelSmoothing: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('Share of the label spread evenly over all classes'),
  headFactor: z
    .number()
    .gt(0)
    .default(1)
    .describe('Learning rate of the last layer over that of the other layers'),
  layerFactors: table(z.number().gt(0))
    .default({})
    .describe(
      'Learning rates of layers over the base rate, by patterns of their names, as { "layer1*": 0.1, "fc": 10 }; of several patterns that match, and headFactor, the product counts. A pattern that matches nothing is an error',
    ),
  layerDecay: optional(z.number().gt(0).max(1)).describe(
    'Vision transformers: learning rate of a block over that of the next one, as 0.75; the last layer has the whole rate, patches and positions the smallest. null: all the same',
  ),
});

const settled = z.strictObject({
  within: optional(z.number().gt(0)).describe(
    'The maps of the probe set have settled while their change from epoch to epoch is at most so many times the noise floor (docs/convergence.md), as 1.1; null: no maps are made for it',
  ),
  for: count().default(3).describe('Looks in a row in which that must hold: epochs, unless every is above 1'),
  act: z
    .boolean()
    .default(false)
    .describe('Whether the run ends then; false: the log says so, and it goes on'),
  images: optional(count().max(256)).describe(
    'Validation images that are looked at; null: up to 256, as many as cost less than 5 % of training, but 8 at least',
  ),
  every: optional(count()).describe(
    'Epochs between two looks; null: 1 where images is given, else as many as it takes that they cost less than 5 % of training, counted in passes',
  ),
});

const stop = z.strictObject({
  metric: optional(z.enum(['valLoss', 'valTop1'])).describe(
    'What must improve, or the run ends early; null: it runs all its epochs',
  ),
  patience: count()
    .default(5)
    .describe(
      'Validations in a row without improvement that are borne: epochs, unless validateEvery is above 1',
    ),
  saliency: settled.prefault({}).describe('Whether the network still changes what it looks at'),
});

export const schedule = z.strictObject({
  epochs: count().default(20).describe('How long training goes on'),
  kind: z
    .enum(['constant', 'step', 'multi-step', 'cosine'])
    .default('step')
    .describe('Shape of the learning rate'),
  every: count().default(15).describe('step: epochs between two reductions'),
  factor: z
    .number()
    .gt(0)
    .max(1)
    .default(0.1)
    .describe('step, multi-step: what the learning rate is multiplied by'),
  milestones: z
    .array(count())
    .default([])
    .describe('multi-step: epochs after which the learning rate is reduced, ascending'),
  warmupEpochs: z
    .number()
    .min(0)
    .default(0)
    .describe('Epochs over which the learning rate rises linearly from zero; fractions are allowed'),
  finalEpochs: count(0)
    .default(0)
    .describe('How many of the epochs come after the schedule, at a learning rate that stays'),
  finalRate: share()
    .default(0.1)
    .describe('Learning rate of these epochs, over that at the height of the schedule'),
  minimum: z.number().min(0).default(0).describe('cosine: the learning rate at the end'),
  validateEvery: count()
    .default(1)
    .describe(
      'Epochs between two validations; there is one before training and one after the last epoch in any case',
    ),
  stop: stop.prefault({}).describe('Early stopping'),
});
