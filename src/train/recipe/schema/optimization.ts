import { z } from 'zod';
import { count, optional } from './parts.js';

export const optimizer = z.strictObject({
  name: z.enum(['sgd']).default('sgd').describe('Stochastic gradient descent, in the form of PyTorch'),
  learningRate: z.number().min(0).default(0.01).describe("Learning rate at the schedule's height"),
  momentum: z
    .number()
    .min(0)
    .lt(1)
    .default(0.9)
    .describe('Share of the last update that the next one keeps, without dampening'),
  nesterov: z.boolean().default(false).describe('Nesterov momentum'),
  weightDecay: z.number().min(0).default(1e-4).describe('Added to the gradient as weightDecay · weight'),
  decayNormAndBias: z.boolean().default(true).describe('Batch norms and biases decay too'),
  accumulate: count()
    .default(1)
    .describe("Batches whose mean gradient makes one step: the paper's 256 images are 8 × 32"),
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
  minimum: z.number().min(0).default(0).describe('cosine: the learning rate at the end'),
});
