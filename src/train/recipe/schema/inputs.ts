import { choice, flag, integer, number, optional, range, section, share, text, type Schema } from './node.js';

export const model: Schema = section('The network', {
  architecture: choice('Architecture of the network', ['resnet50'], 'resnet50'),
  weights: optional(text('Starting weights, anything that --weights takes; null: He et al. 2015')),
  layout: choice(
    'Where a bottleneck block has its stride; null: as the weights say',
    ['stride-in-3x3', 'stride-in-1x1', null],
    null,
  ),
  freeze: {
    type: 'array',
    items: { type: 'string', minLength: 1 },
    description: 'Layers that stay as they are; * stands for any text',
    default: [],
  },
  freezeNorm: flag('Every batch norm keeps its running statistics, scale and shift', false),
  zeroGamma: flag('The last batch norm of every block starts at zero (where weights is null)', false),
});

const augment: Schema = section('What training does to an image before the stage', {
  crop: choice(
    'random-resized: random area and shape; resize-crop: random place after resizing; centre: as in evaluation',
    ['random-resized', 'resize-crop', 'centre'],
    'random-resized',
  ),
  scale: range(
    'Least and most share of the area in a random-resized crop',
    { type: 'number', exclusiveMinimum: 0, maximum: 1 },
    [0.08, 1],
  ),
  ratio: range(
    'Least and most width / height of a random-resized crop',
    { type: 'number', exclusiveMinimum: 0 },
    [3 / 4, 4 / 3],
  ),
  flip: share('Probability of a horizontal flip', 0.5),
});

export const data: Schema = section(
  'The images',
  {
    train: text('Folder with one folder of training images a class'),
    val: text('Folder with one folder of validation images a class'),
    batchSize: integer('Images in one forward and backward pass', { minimum: 1, default: 32 }),
    size: integer('Side of the square crop that the network sees, pixels', {
      minimum: 32,
      maximum: 4096,
      default: 224,
    }),
    resize: integer('Shorter side before the crop, pixels', { minimum: 32, maximum: 8192, default: 256 }),
    augment,
    onError: choice("What a file that can't be decoded does", ['skip', 'stop'], 'skip'),
    maxErrorShare: optional(
      number('Share of skipped files above which the run stops; null: 0.05, but five files at least', {
        minimum: 0,
        maximum: 1,
      }),
    ),
    limit: optional(integer('Images used of each class; null: all', { minimum: 1 })),
    trainBoxes: optional(
      text("Boxes of the training images in COCO's instances format, for stage.method boxes; null: none"),
    ),
    valBoxes: optional(
      text("Boxes of the validation images in COCO's instances format, for camtune compare; null: none"),
    ),
  },
  ['train', 'val'],
);
