import { choice, flag, integer, number, optional, section, type Schema } from './node.js';

export const optimizer: Schema = section('Stochastic gradient descent, in the form of PyTorch', {
  name: choice('Optimiser', ['sgd'], 'sgd'),
  learningRate: number("Learning rate at the schedule's height", { minimum: 0, default: 0.01 }),
  momentum: number('Momentum, without dampening', { minimum: 0, exclusiveMaximum: 1, default: 0.9 }),
  nesterov: flag('Nesterov momentum', false),
  weightDecay: number('Added to the gradient as weightDecay · weight', { minimum: 0, default: 1e-4 }),
  decayNormAndBias: flag('Batch norms and biases decay too', true),
  accumulate: integer('Batches whose mean gradient makes one step', { minimum: 1, default: 1 }),
  clipNorm: optional(number('Largest global norm of the gradient; null: no limit', { exclusiveMinimum: 0 })),
  labelSmoothing: number('Share of the label spread evenly over all classes', {
    minimum: 0,
    exclusiveMaximum: 1,
    default: 0,
  }),
  headFactor: number('Learning rate of a new classification head over that of the other layers', {
    exclusiveMinimum: 0,
    default: 1,
  }),
});

export const schedule: Schema = section('How long, and the learning rate on the way', {
  epochs: integer('Epochs', { minimum: 1, default: 20 }),
  kind: choice('Shape of the learning rate', ['constant', 'step', 'multi-step', 'cosine'], 'step'),
  every: integer('step: epochs between two reductions', { minimum: 1, default: 15 }),
  factor: number('step, multi-step: what the learning rate is multiplied by', {
    exclusiveMinimum: 0,
    maximum: 1,
    default: 0.1,
  }),
  milestones: {
    type: 'array',
    items: { type: 'integer', minimum: 1 },
    description: 'multi-step: epochs after which the learning rate is reduced, ascending',
    default: [],
  },
  warmupEpochs: number('Epochs over which the learning rate rises linearly from zero', {
    minimum: 0,
    default: 0,
  }),
  minimum: number('cosine: the learning rate at the end', { minimum: 0, default: 0 }),
});

export const precision: Schema = choice(
  'Precision of the forward and backward pass; variables are always float32',
  ['float32', 'bfloat16', 'float16'],
  'float32',
);
