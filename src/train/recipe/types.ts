import type { StageBlend, StageMethod } from '../../augment/index.js';
import type { Precision } from '../../tensorflow/index.js';

/**
 * A whole training run as data. Every key is present: what a recipe file leaves out has been filled in from the
 * defaults of the schema. Paths are relative to the folder that the command is run in.
 */
export interface Recipe {
  model: ModelRecipe;
  data: DataRecipe;
  stage: StageRecipe;
  optimizer: OptimizerRecipe;
  schedule: ScheduleRecipe;
  precision: Precision;
  log: LogRecipe;
  checkpoint: CheckpointRecipe;
  /** Seed of everything random: initialisation, shuffling, crops, the stage. */
  seed: number;
}

export interface ModelRecipe {
  architecture: 'resnet50';
  /** Starting weights, anything that `--weights` takes; null starts from He et al. 2015. */
  weights: string | null;
  /** Where a bottleneck block has its stride; null takes it from the weights. */
  layout: 'stride-in-3x3' | 'stride-in-1x1' | null;
  /** Layers that stay as they are; * stands for any text, as in 'layer1*'. */
  freeze: string[];
  /** Whether every batch norm keeps its running statistics, scale and shift. */
  freezeNorm: boolean;
  /** Whether the last batch norm of every block starts at zero (where weights are null). */
  zeroGamma: boolean;
}

export interface DataRecipe {
  /** Folder with one folder of training images a class. */
  train: string;
  /** The same for validation. */
  val: string;
  /** Images in one forward and backward pass. */
  batchSize: number;
  /** Side of the square crop that the network sees, pixels. */
  size: number;
  /** Shorter side before the crop (evaluation, and training with 'resize-crop' or 'centre'), pixels. */
  resize: number;
  augment: AugmentRecipe;
  /** What a file that can't be decoded does. */
  onError: 'skip' | 'stop';
  /** Share of skipped files above which the run stops, 0..1; null: 0.05, but five files at least. */
  maxErrorShare: number | null;
  /** Images used of each class, in training and in validation; null for all. */
  limit: number | null;
  /** Boxes of the training images, in COCO's instances format: for stage.method boxes. */
  trainBoxes: string | null;
  /** The same of the validation images: for camtune compare. */
  valBoxes: string | null;
}

export interface AugmentRecipe {
  /** random-resized: random area and shape; resize-crop: random place after resizing; centre: as in evaluation. */
  crop: 'random-resized' | 'resize-crop' | 'centre';
  /** Least and most share of the image's area in a random-resized crop. */
  scale: [number, number];
  /** Least and most width / height of a random-resized crop. */
  ratio: [number, number];
  /** Probability of a horizontal flip. */
  flip: number;
}

/** How a map becomes a binary mask: above its mean, above a quantile of it, or above a value of the min-max map. */
export type ThresholdRecipe = 'mean' | { quantile: number } | { fixed: number };

/** The online saliency stage. */
export interface StageRecipe {
  enabled: boolean;
  /** Where the map comes from: the network, or, as a control, from elsewhere. */
  method: StageMethod;
  /** What is done with it. */
  blend: StageBlend;
  /**
   * Above 0 the network learns from the images as they are, and the staged ones add this weight times the divergence of
   * its prediction.
   */
  consistency: number;
  /** Groups of channels: the queries that an image costs. */
  groups: number;
  threshold: ThresholdRecipe;
  /** Gaussian blur of the baseline: taps (odd) and sigma, pixels. */
  blur: { size: number; sigma: number };
  /** Probability with which an image goes through the stage. */
  probability: number;
  target: 'label' | 'prediction';
  /** exact asks every query; auto may answer more cheaply, and says how. */
  cost: 'exact' | 'auto';
  /** Target layer; null is the last one with spatial output. */
  layer: string | null;
  /** Epochs that pass before the stage begins; 0 begins at once. */
  start: number;
  /** Masked copies scored in one forward pass: bounds the memory. */
  chunk: number;
  /** Share of height and width at which the network is asked for the map, above 0 to 1. */
  scoringScale: number;
}

export interface OptimizerRecipe {
  name: 'sgd';
  /** Learning rate at the schedule's height. */
  learningRate: number;
  momentum: number;
  nesterov: boolean;
  /** Added to the gradient as weightDecay · weight (PyTorch's form). */
  weightDecay: number;
  /** Whether batch norms and biases decay too. */
  decayNormAndBias: boolean;
  /** Batches whose mean gradient makes one step. */
  accumulate: number;
  /** Largest global norm of the gradient; null for none. */
  clipNorm: number | null;
  /** Share of the label spread evenly over all classes, 0..1. */
  labelSmoothing: number;
  /** Learning rate of a new classification head over that of the other layers. */
  headFactor: number;
}

export interface ScheduleRecipe {
  epochs: number;
  kind: 'constant' | 'step' | 'multi-step' | 'cosine';
  /** step: epochs between two reductions. */
  every: number;
  /** step, multi-step: what the learning rate is multiplied by. */
  factor: number;
  /** multi-step: epochs at whose start the learning rate is reduced, ascending. */
  milestones: number[];
  /** Epochs over which the learning rate rises linearly from zero; fractions are allowed. */
  warmupEpochs: number;
  /** cosine: the learning rate at the end. */
  minimum: number;
}

export interface LogRecipe {
  /** Steps between two lines in metrics.jsonl. */
  every: number;
  /** The validation images whose maps are kept every epoch. */
  probe: { images: number; seed: number };
  tensorboard: boolean;
  /** Whether the maps of the probe set are written every epoch. */
  saliency: boolean;
}

export interface CheckpointRecipe {
  everyEpochs: number;
  /** Also every so many steps; null for none. */
  everySteps: number | null;
  /** How many of the newest checkpoints stay, beside the best one. */
  keep: number;
}
