import { input, layers, type LayersModel } from '@tensorflow/tfjs-layers';
import { torchvisionPreprocessing } from '../preprocessing.js';
import type { Architecture, BuildOptions, Find } from './architecture.js';
import { blocksOfStages, shapeOfFirst } from './count.js';
import {
  activation,
  applied,
  batchNorm,
  checkedSize,
  convolution,
  logits,
  maxPool,
  network,
  variantName,
} from './parts.js';

/** The sizes of a DenseNet. */
export interface DenseNetConfig {
  /** Layers of each block. */
  blocks: number[];
  /** Channels of the first convolution. */
  width: number;
  /** Channels that a layer adds. */
  growth: number;
  /** Channels inside a layer. */
  inner: number;
}

const variants: Record<string, DenseNetConfig> = {
  densenet121: { blocks: [6, 12, 24, 16], width: 64, growth: 32, inner: 128 },
  densenet161: { blocks: [6, 12, 36, 24], width: 96, growth: 48, inner: 192 },
  densenet169: { blocks: [6, 12, 32, 32], width: 64, growth: 32, inner: 128 },
  densenet201: { blocks: [6, 12, 48, 32], width: 64, growth: 32, inner: 128 },
};

/**
 * DenseNets; our names are torchvision's (and timm's).
 *
 * @see Huang et al. (2017), "Densely Connected Convolutional Networks"
 */
export const densenetArchitecture: Architecture<DenseNetConfig> = {
  name: 'DenseNet',
  variants,
  sources: [{ name: 'torchvision', names: [], preprocessing: torchvisionPreprocessing }],
  example: { blocks: [1, 1], width: 2, growth: 2, inner: 2 },
  head: 'classifier',
  configure,
  build: densenet,
};

function configure(find: Find): DenseNetConfig | undefined {
  const stem = shapeOfFirst(find, 'features.conv0.weight', 'features.norm0.weight');
  const [first, next] = [1, 2].map((layer) => `features.denseblock1.denselayer${layer}.conv2.weight`);
  const second = shapeOfFirst(find, first!, next!);
  if (!stem || second?.length !== 4) return undefined;
  const layer = (block: number, index: number): boolean => {
    const name = `features.denseblock${block + 1}.denselayer${index + 1}`;
    return shapeOfFirst(find, `${name}.conv2.weight`, `${name}.conv1.weight`) !== undefined;
  };
  return { blocks: blocksOfStages(layer), width: stem[0]!, growth: second[0]!, inner: second[1]! };
}

/** Any DenseNet: input [N, H, W, 3], output [N, classes] (logits). */
function densenet(config: DenseNetConfig, options: BuildOptions): LayersModel {
  const { blocks, width, growth, inner } = config;
  const inputSize = checkedSize(options.inputSize ?? null, 32);
  const image = input({ shape: [inputSize, inputSize, 3], name: 'image' });
  const active = (name: string, number: string | number, y: typeof image) =>
    activation(batchNorm(y, `${name}norm${number}`), `${name}relu${number}`, 'relu');
  let x = convolution(image, 'features_conv0', { filters: width, kernel: 7, stride: 2 });
  x = maxPool(active('features_', 0, x), 'features_pool0');
  blocks.forEach((count, block) => {
    for (let index = 0; index < count; index++) {
      const name = `features_denseblock${block + 1}_denselayer${index + 1}_`;
      const y = convolution(active(name, 1, x), `${name}conv1`, { filters: inner });
      const added = convolution(active(name, 2, y), `${name}conv2`, { filters: growth, kernel: 3 });
      x = applied(layers.concatenate({ name: `${name}concat` }), [x, added]);
    }
    if (block === blocks.length - 1) return;
    const name = `features_transition${block + 1}_`;
    x = convolution(active(name, '', x), `${name}conv`, { filters: Math.floor(x.shape[3]! / 2) });
    x = applied(layers.averagePooling2d({ name: `${name}pool`, poolSize: 2, strides: 2 }), x);
  });
  x = active('features_', 5, x);
  x = applied(layers.globalAveragePooling2d({ name: 'avgpool' }), x);
  return network(
    variantName(variants, config, 'densenet121'),
    image,
    logits(x, 'classifier', options),
    options,
  );
}
