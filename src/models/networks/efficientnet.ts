import { torchvisionPreprocessing } from '../preprocessing.js';
import type { NameRule } from '../weights/index.js';
import type { Architecture } from './architecture.js';
import { configureInverted, inverted, type InvertedConfig, type InvertedStyle } from './inverted.js';
import { timmBlockNames, timmTopNames } from './inverted-names.js';

const style: InvertedStyle = {
  name: 'efficientnet',
  strides: [1, 2, 2, 2, 1, 2, 1],
  ends: 'swish',
  inside: () => 'swish',
  squeeze: { inside: 'swish', gate: 'sigmoid' },
  dropout: 0.2,
};

function b0(): InvertedConfig {
  const channels = [16, 24, 40, 80, 112, 192, 320];
  const counts = [1, 2, 2, 3, 3, 4, 1];
  const kernels = [3, 3, 5, 3, 5, 5, 3];
  let last = 32;
  const blocks = channels.map((channels, stage) =>
    Array.from({ length: counts[stage]! }, () => {
      const hidden = stage === 0 ? last : 6 * last;
      const block = { hidden, channels, kernel: kernels[stage]!, squeeze: Math.max(1, Math.floor(last / 4)) };
      last = channels;
      return block;
    }),
  );
  return { stem: 32, blocks, top: 1280, units: 0 };
}

const torchvisionNames: NameRule[] = [
  ['blocks.0.{b}.depthwise.conv.{w}', 'features.1.{b}.block.0.0.{w}'],
  ['blocks.0.{b}.depthwise.bn.{w}', 'features.1.{b}.block.0.1.{w}'],
  ['blocks.0.{b}.squeeze.reduce.{w}', 'features.1.{b}.block.1.fc1.{w}'],
  ['blocks.0.{b}.squeeze.expand.{w}', 'features.1.{b}.block.1.fc2.{w}'],
  ['blocks.0.{b}.project.conv.{w}', 'features.1.{b}.block.2.0.{w}'],
  ['blocks.0.{b}.project.bn.{w}', 'features.1.{b}.block.2.1.{w}'],
  ['blocks.{s}.{b}.expand.conv.{w}', 'features.{s+1}.{b}.block.0.0.{w}'],
  ['blocks.{s}.{b}.expand.bn.{w}', 'features.{s+1}.{b}.block.0.1.{w}'],
  ['blocks.{s}.{b}.depthwise.conv.{w}', 'features.{s+1}.{b}.block.1.0.{w}'],
  ['blocks.{s}.{b}.depthwise.bn.{w}', 'features.{s+1}.{b}.block.1.1.{w}'],
  ['blocks.{s}.{b}.squeeze.reduce.{w}', 'features.{s+1}.{b}.block.2.fc1.{w}'],
  ['blocks.{s}.{b}.squeeze.expand.{w}', 'features.{s+1}.{b}.block.2.fc2.{w}'],
  ['blocks.{s}.{b}.project.conv.{w}', 'features.{s+1}.{b}.block.3.0.{w}'],
  ['blocks.{s}.{b}.project.bn.{w}', 'features.{s+1}.{b}.block.3.1.{w}'],
  ['stem.conv.{w}', 'features.0.0.{w}'],
  ['stem.bn.{w}', 'features.0.1.{w}'],
  ['top.conv.{w}', 'features.8.0.{w}'],
  ['top.bn.{w}', 'features.8.1.{w}'],
  ['classifier.{w}', 'classifier.1.{w}'],
];

const preprocessing = { ...torchvisionPreprocessing, interpolation: 'bicubic' as const };

/**
 * EfficientNet-B0, and its larger ones as far as their sizes go (not those of TensorFlow's weights, which pad unevenly).
 *
 * @see Tan & Le (2019), "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks"
 */
export const efficientnetArchitecture: Architecture<InvertedConfig> = {
  name: 'EfficientNet',
  variants: { efficientnet_b0: b0() },
  sources: [
    { name: 'torchvision', names: torchvisionNames, settings: { depthDrop: 0.2 }, preprocessing },
    { name: 'timm', names: [...timmBlockNames, ...timmTopNames], preprocessing },
  ],
  head: 'classifier',
  configure: (find) => {
    const config = configureInverted(find, style.strides.length);
    return config?.blocks.flat().every(({ squeeze }) => squeeze > 0) === true ? config : undefined;
  },
  build: (config, options) => inverted(config, style, 'efficientnet_b0', options),
};
