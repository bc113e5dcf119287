import { z } from 'zod';
import { anySeed, count, optional, seed, share, table, text } from './parts.js';

const strength = (of: string) =>
  z.number().min(0).default(0).describe(`Strength s: ${of} times a factor from 1 − s (0 at least) to 1 + s`);

const jitter = z.strictObject({
  brightness: strength('brightness'),
  contrast: strength('contrast'),
  saturation: strength('saturation'),
  hue: z
    .number()
    .min(0)
    .max(0.5)
    .default(0)
    .describe('Most turns of the hue in either direction: 0.5 is any hue'),
});

const policy = z.strictObject({
  name: optional(z.enum(['rand-augment', 'trivial-augment'])).describe(
    'Distortions of the crop as torchvision: RandAugment (Cubuk et al. 2020), or TrivialAugmentWide (Müller & Hutter 2021); null: none',
  ),
  ops: count().max(14).default(2).describe('rand-augment: operations that an image goes through'),
  magnitude: count(0).max(30).default(9).describe('rand-augment: how strong they are, 30 the most'),
});

const alpha = (of: string) =>
  z
    .number()
    .min(0)
    .default(0)
    .describe(
      `${of}, with a share from Beta(α, α) that stays: its α; 0: none. After the stage; labels are mixed with the images`,
    );

const augment = z.strictObject({
  crop: z
    .enum(['random-resized', 'resize-crop', 'center'])
    .default('random-resized')
    .describe(
      'random-resized: random area and shape; resize-crop: random place after resizing; center: as in evaluation',
    ),
  scale: z
    .tuple([z.number().gt(0).max(1), z.number().gt(0).max(1)])
    .default([0.08, 1])
    .describe('Least and most share of the area in a random-resized crop'),
  ratio: z
    .tuple([z.number().gt(0), z.number().gt(0)])
    .default([3 / 4, 4 / 3])
    .describe('Least and most width / height of a random-resized crop'),
  flip: share().default(0.5).describe('Probability of a horizontal flip'),
  policy: policy.prefault({}).describe('A published way of distorting images'),
  jitter: jitter.prefault({}).describe('Color jitter'),
  erasing: share()
    .default(0)
    .describe(
      'Probability with which a rectangle (2 to 33 % of the area) is replaced by the mean color, as Zhong et al. (2020)',
    ),
  mixup: alpha('mixup (Zhang et al. 2018): an image with another one shining through'),
  cutmix: alpha('CutMix (Yun et al. 2019): a rectangle of another image'),
});

export const data = z.strictObject({
  train: text().describe('Folder with one folder of training images a class, or a table of labels (.csv)'),
  val: z
    .union([text(), z.number().gt(0).lt(1)])
    .describe(
      'Folder with one folder of validation images a class, a table of labels (.csv), or the share of the training images, of every class, that is split off and not trained on',
    ),
  splitSeed: seed().describe(
    'Which images a share in data.val splits off: a seed of its own, so that runs can be compared',
  ),
  batchSize: count()
    .default(32)
    .describe('Images in one forward and backward pass, those of all processes together'),
  size: count(32).max(4096).default(224).describe('Side of the square crop that the network sees, pixels'),
  resize: count(32)
    .max(8192)
    .default(256)
    .describe(
      'Shorter side before the crop, pixels: in validation, and in training with resize-crop or center',
    ),
  augment: augment.prefault({}).describe('What training does to an image before the stage'),
  sampling: z
    .enum(['natural', 'balanced'])
    .default('natural')
    .describe(
      'natural: each training image once an epoch; balanced: as many in all, but of each class as many as of any other: of large ones a part, another one each epoch, of small ones each several times',
    ),
  classWeights: optional(z.union([z.literal('balanced'), table(z.number().gt(0))])).describe(
    'Weights of the classes in the loss, as weight of CrossEntropyLoss in PyTorch: balanced: images / (classes · images of the class); or by name, as { cat: 2 }, the others having 1; null: all count the same',
  ),
  onError: z
    .enum(['skip', 'stop'])
    .default('skip')
    .describe("A file that can't be decoded is left out and named in the summary, or stops the run"),
  maxErrorShare: optional(share()).describe(
    'Share of skipped files above which the run stops; null: 0.05, but five files at least',
  ),
  limit: optional(count()).describe('Images used of each class; null: all'),
  limitSeed: optional(anySeed()).describe(
    'Which training images data.limit takes: drawn with this seed; null: the first ones',
  ),
  trainBoxes: optional(text()).describe(
    "Boxes of the training images in COCO's instances format, for stage.method boxes; null: none",
  ),
  boxShare: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe(
      'Share of the training images whose boxes are used, drawn at random: what fewer annotations give',
    ),
  valBoxes: optional(text()).describe(
    "Boxes of the validation images in COCO's instances format, for camtune compare; null: none",
  ),
});
