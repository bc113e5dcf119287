import { torchvisionPreprocessing } from '../preprocessing.js';
import type { NameRule } from '../weights/index.js';
import type { Architecture } from './architecture.js';
import {
  configureInverted,
  inverted,
  type InvertedBlock,
  type InvertedConfig,
  type InvertedStyle,
} from './inverted.js';
import { countedThrough, timmBlockNames } from './inverted-names.js';

/** Kernel, channels inside, channels out and of the squeeze, of each block of each stage. */
type Table = [kernel: number, hidden: number, channels: number, squeeze: number][][];

const large: Table = [
  [[3, 16, 16, 0]],
  [
    [3, 64, 24, 0],
    [3, 72, 24, 0],
  ],
  [
    [5, 72, 40, 24],
    [5, 120, 40, 32],
    [5, 120, 40, 32],
  ],
  [
    [3, 240, 80, 0],
    [3, 200, 80, 0],
    [3, 184, 80, 0],
    [3, 184, 80, 0],
  ],
  [
    [3, 480, 112, 120],
    [3, 672, 112, 168],
  ],
  [
    [5, 672, 160, 168],
    [5, 960, 160, 240],
    [5, 960, 160, 240],
  ],
];

const small: Table = [
  [[3, 16, 16, 8]],
  [
    [3, 72, 24, 0],
    [3, 88, 24, 0],
  ],
  [
    [5, 96, 40, 24],
    [5, 240, 40, 64],
    [5, 240, 40, 64],
  ],
  [
    [5, 120, 48, 32],
    [5, 144, 48, 40],
  ],
  [
    [5, 288, 96, 72],
    [5, 576, 96, 144],
    [5, 576, 96, 144],
  ],
];

interface Family {
  name: string;
  variant: string;
  table: Table;
  strides: number[];
  /** The first stage with hard swish. */
  swishFrom: number;
  top: number;
  units: number;
}

/**
 * MobileNetV3, the large one and the small one, each its own family: torchvision counts their blocks through.
 *
 * @see Howard et al. (2019), "Searching for MobileNetV3"
 */
function mobilenetV3(family: Family): Architecture<InvertedConfig> {
  const { name, variant, table, strides, swishFrom, top, units } = family;
  const blocks: InvertedBlock[][] = table.map((stage) =>
    stage.map(([kernel, hidden, channels, squeeze]) => ({ kernel, hidden, channels, squeeze })),
  );
  const style: InvertedStyle = {
    name: variant,
    strides,
    ends: 'hard-swish',
    inside: (stage) => (stage < swishFrom ? 'relu' : 'hard-swish'),
    squeeze: { inside: 'relu', gate: 'hard-sigmoid' },
    dropout: 0.2,
  };
  const squeezes = (stage: number, block: number) => table[stage]![block]![3] > 0;
  const torchvisionNames: NameRule[] = [
    ...countedThrough(
      table.map(({ length }) => length),
      (stage, block) => torchvisionParts(stage > 0, squeezes(stage, block)),
    ),
    ['hidden.{w}', 'classifier.0.{w}'],
    ['classifier.{w}', 'classifier.3.{w}'],
  ];
  const timmNames: NameRule[] = [
    ...timmBlockNames,
    ['top.conv.{w}', `blocks.${table.length}.0.conv.{w}`],
    ['top.bn.{w}', `blocks.${table.length}.0.bn1.{w}`],
    ['hidden.{w}', 'conv_head.{w}'],
  ];
  return {
    name,
    variants: { [variant]: { stem: 16, blocks, top, units } },
    sources: [
      {
        name: 'torchvision',
        names: torchvisionNames,
        settings: { epsilon: 1e-3 },
        preprocessing: torchvisionPreprocessing,
      },
      {
        name: 'timm',
        names: timmNames,
        preprocessing: { ...torchvisionPreprocessing, interpolation: 'bicubic' },
      },
    ],
    head: 'classifier',
    configure: (find) => {
      const config = configureInverted(find, table.length);
      const fits = config?.blocks.every((stage, index) =>
        stage.every(({ squeeze }, block) => squeeze > 0 === (table[index]![block]?.[3] ?? 0) > 0),
      );
      return fits === true && config!.units > 0 ? config : undefined;
    },
    build: (config, options) => inverted(config, style, variant, options),
  };
}

function torchvisionParts(expands: boolean, squeezes: boolean): (readonly [string, string])[] {
  const order = [...(expands ? ['expand'] : []), 'depthwise', ...(squeezes ? ['squeeze'] : []), 'project'];
  return order.flatMap((part, index): (readonly [string, string])[] => {
    const [one, other] = part === 'squeeze' ? ['fc1', 'fc2'] : ['0', '1'];
    const ours = part === 'squeeze' ? ['squeeze.reduce', 'squeeze.expand'] : [`${part}.conv`, `${part}.bn`];
    return [
      [ours[0]!, `block.${index}.${one}`],
      [ours[1]!, `block.${index}.${other}`],
    ];
  });
}

export const mobilenetV3Large = mobilenetV3({
  name: 'MobileNetV3 large',
  variant: 'mobilenet_v3_large',
  table: large,
  strides: [1, 2, 2, 2, 1, 2],
  swishFrom: 3,
  top: 960,
  units: 1280,
});

export const mobilenetV3Small = mobilenetV3({
  name: 'MobileNetV3 small',
  variant: 'mobilenet_v3_small',
  table: small,
  strides: [2, 2, 2, 1, 2],
  swishFrom: 2,
  top: 576,
  units: 1024,
});
