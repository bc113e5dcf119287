import { forSize, torchvisionPreprocessing } from '../preprocessing.js';
import type { Architecture } from './architecture.js';
import { configureInverted, inverted, type InvertedConfig, type InvertedStyle } from './inverted.js';
import { countedThrough, timmBlockNames, timmTopNames } from './inverted-names.js';

const counts = [1, 2, 3, 4, 3, 3, 1];
const style: InvertedStyle = {
  name: 'mobilenet_v2',
  strides: [1, 2, 2, 2, 1, 2, 1],
  ends: 'relu6',
  inside: () => 'relu6',
  squeeze: { inside: 'relu6', gate: 'sigmoid' },
  dropout: 0.2,
};

function published(): InvertedConfig {
  const channels = [16, 24, 32, 64, 96, 160, 320];
  let last = 32;
  const blocks = channels.map((channels, stage) =>
    Array.from({ length: counts[stage]! }, () => {
      const block = { hidden: stage === 0 ? last : 6 * last, channels, kernel: 3, squeeze: 0 };
      last = channels;
      return block;
    }),
  );
  return { stem: 32, blocks, top: 1280, units: 0 };
}

const separable = [
  ['depthwise.conv', 'conv.0.0'],
  ['depthwise.bn', 'conv.0.1'],
  ['project.conv', 'conv.1'],
  ['project.bn', 'conv.2'],
] as const;
const expanded = [
  ['expand.conv', 'conv.0.0'],
  ['expand.bn', 'conv.0.1'],
  ['depthwise.conv', 'conv.1.0'],
  ['depthwise.bn', 'conv.1.1'],
  ['project.conv', 'conv.2'],
  ['project.bn', 'conv.3'],
] as const;

/** @see Sandler et al. (2018), "MobileNetV2: Inverted Residuals and Linear Bottlenecks" */
export const mobilenetV2Architecture: Architecture<InvertedConfig> = {
  name: 'MobileNetV2',
  variants: { mobilenet_v2: published() },
  sources: [
    {
      name: 'torchvision',
      names: [
        ...countedThrough(counts, (stage) => (stage === 0 ? separable : expanded)),
        ['classifier.{w}', 'classifier.1.{w}'],
      ],
      preprocessing: torchvisionPreprocessing,
    },
    {
      name: 'timm',
      names: [...timmBlockNames, ...timmTopNames],
      preprocessing: { ...forSize(torchvisionPreprocessing, 224), interpolation: 'bicubic' },
    },
  ],
  head: 'classifier',
  configure: (find) => {
    const config = configureInverted(find, counts.length);
    return config?.blocks.flat().every(({ squeeze }) => squeeze === 0) === true ? config : undefined;
  },
  build: (config, options) => inverted(config, style, 'mobilenet_v2', options),
};
