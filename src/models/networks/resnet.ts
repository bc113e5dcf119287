import { input, layers, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { invalid } from '../../errors.js';
import { torchvisionPreprocessing } from '../preprocessing.js';
import type { NameRule } from '../weights/index.js';
import type { Architecture, BuildOptions, Find } from './architecture.js';
import { blocksOfStages, shapeOfFirst } from './count.js';
import {
  activation,
  add,
  batchNorm,
  checkedSize,
  convolution,
  logits,
  maxPool,
  network,
  variantName,
} from './parts.js';

/** Where a stage halves the size: torchvision in the 3×3 convolution, He et al.'s release and Keras in the first 1×1. */
export type ResNetLayout = 'stride-in-3x3' | 'stride-in-1x1';

/** The sizes of a ResNet. */
export interface ResNetConfig {
  /** Two 3×3 convolutions, or 1×1, 3×3, 1×1. */
  block: 'basic' | 'bottleneck';
  /** Blocks of each of the stages. */
  blocks: number[];
  /** Channels of the first convolution; default 64. */
  width?: number;
  /** Groups of the 3×3 convolutions of bottlenecks; default 1. */
  groups?: number;
  /** Channels of the first stage's 3×3 convolutions; default `width`. */
  inner?: number;
  /** Of bottlenecks; default 'stride-in-3x3'. */
  layout?: ResNetLayout;
  /** Of the batch norms; default 1e-5. */
  epsilon?: number;
}

const variants: Record<string, ResNetConfig> = {
  resnet18: { block: 'basic', blocks: [2, 2, 2, 2], width: 64, groups: 1, inner: 64 },
  resnet34: { block: 'basic', blocks: [3, 4, 6, 3], width: 64, groups: 1, inner: 64 },
  resnet50: { block: 'bottleneck', blocks: [3, 4, 6, 3], width: 64, groups: 1, inner: 64 },
  resnet101: { block: 'bottleneck', blocks: [3, 4, 23, 3], width: 64, groups: 1, inner: 64 },
  resnet152: { block: 'bottleneck', blocks: [3, 8, 36, 3], width: 64, groups: 1, inner: 64 },
  resnext50_32x4d: { block: 'bottleneck', blocks: [3, 4, 6, 3], width: 64, groups: 32, inner: 128 },
  resnext101_32x8d: { block: 'bottleneck', blocks: [3, 4, 23, 3], width: 64, groups: 32, inner: 256 },
  resnext101_64x4d: { block: 'bottleneck', blocks: [3, 4, 23, 3], width: 64, groups: 64, inner: 256 },
  wide_resnet50_2: { block: 'bottleneck', blocks: [3, 4, 6, 3], width: 64, groups: 1, inner: 128 },
  wide_resnet101_2: { block: 'bottleneck', blocks: [3, 4, 23, 3], width: 64, groups: 1, inner: 128 },
};

const huggingFaceNames: NameRule[] = [
  ['conv1.{w}', 'resnet.embedder.embedder.convolution.{w}'],
  ['bn1.{w}', 'resnet.embedder.embedder.normalization.{w}'],
  ['layer{s+1}.{b}.downsample.0.{w}', 'resnet.encoder.stages.{s}.layers.{b}.shortcut.convolution.{w}'],
  ['layer{s+1}.{b}.downsample.1.{w}', 'resnet.encoder.stages.{s}.layers.{b}.shortcut.normalization.{w}'],
  ['layer{s+1}.{b}.conv{c+1}.{w}', 'resnet.encoder.stages.{s}.layers.{b}.layer.{c}.convolution.{w}'],
  ['layer{s+1}.{b}.bn{c+1}.{w}', 'resnet.encoder.stages.{s}.layers.{b}.layer.{c}.normalization.{w}'],
  ['fc.{w}', 'classifier.1.{w}'],
];

/**
 * ResNets, ResNeXts and wide ResNets; our names are torchvision's (and timm's).
 *
 * @see He et al. (2015), "Deep Residual Learning for Image Recognition"; Xie et al. (2017), "Aggregated Residual
 *   Transformations for Deep Neural Networks"; Zagoruyko & Komodakis (2016), "Wide Residual Networks"
 */
export const resnetArchitecture: Architecture<ResNetConfig> = {
  name: 'ResNet',
  variants,
  sources: [
    { name: 'torchvision', names: [], preprocessing: torchvisionPreprocessing },
    {
      name: 'Hugging Face',
      names: huggingFaceNames,
      preprocessing: torchvisionPreprocessing,
      configure: ({ downsample_in_bottleneck: inFirst }) => ({
        layout: inFirst === true ? 'stride-in-1x1' : 'stride-in-3x3',
      }),
    },
  ],
  example: { block: 'bottleneck', blocks: [1, 1, 1, 1], width: 2 },
  head: 'fc',
  configure,
  build: resnet,
};

function configure(find: Find): ResNetConfig | undefined {
  const middle = shapeOfFirst(find, 'layer1.0.conv2.weight', 'layer1.1.conv2.weight');
  const first = shapeOfFirst(find, 'layer1.0.conv1.weight', 'layer1.1.conv1.weight');
  if (!first || middle?.length !== 4) return undefined;
  const has = (stage: number, block: number): boolean => {
    const name = `layer${stage + 1}.${block}`;
    return shapeOfFirst(find, `${name}.conv2.weight`, `${name}.conv1.weight`) !== undefined;
  };
  const isBottleneck = shapeOfFirst(find, 'layer1.0.conv3.weight', 'layer1.0.bn3.weight') !== undefined;
  return {
    block: isBottleneck ? 'bottleneck' : 'basic',
    blocks: blocksOfStages(has),
    width: shapeOfFirst(find, 'conv1.weight', 'bn1.weight')?.[0] ?? first[1]!,
    groups: Math.max(1, Math.round(middle[0]! / Math.max(1, middle[1]!))),
    inner: middle[0]!,
  };
}

/**
 * Any ResNet: input [N, H, W, 3], output [N, classes] (logits). Names are torchvision's with '_' for '.', so
 * layer1.0.conv1 is 'layer1_0_conv1'. Padding is symmetric as in PyTorch.
 *
 * @throws InvalidInput
 */
export function resnet(
  config: ResNetConfig,
  options: BuildOptions & { zeroGamma?: boolean; name?: string },
): LayersModel {
  const { block, blocks, width = 64, groups = 1, inner = width, layout = 'stride-in-3x3', epsilon } = config;
  const { inputSize = null, zeroGamma = false } = options;
  if (layout !== 'stride-in-3x3' && layout !== 'stride-in-1x1') {
    throw invalid('layout', "'stride-in-3x3' or 'stride-in-1x1'", layout);
  }
  checkedSize(inputSize, 32);
  const image = input({ shape: [inputSize, inputSize, 3], name: 'image' });
  let x = convolution(image, 'conv1', { filters: width, kernel: 7, stride: 2 });
  x = activation(batchNorm(x, 'bn1', epsilon), 'relu', 'relu');
  x = maxPool(x, 'maxpool');
  const last = block === 'basic' ? 'bn2' : 'bn3';
  blocks.forEach((count, stage) => {
    for (let index = 0; index < count; index++) {
      const name = `layer${stage + 1}_${index}`;
      const stride = stage > 0 && index === 0 ? 2 : 1;
      const channels = (block === 'basic' ? 1 : 4) * width * 2 ** stage;
      const sizes = { name, channels, inner: inner * 2 ** stage, stride, groups, layout, epsilon };
      const y = (block === 'basic' ? basic : bottleneck)(x, sizes);
      const changes = stride > 1 || x.shape[3] !== channels || (block === 'bottleneck' && index === 0);
      const shortcut = changes
        ? batchNorm(
            convolution(x, `${name}_downsample_0`, { filters: channels, stride }),
            `${name}_downsample_1`,
            epsilon,
          )
        : x;
      x = activation(add(y, shortcut, `${name}_add`), `${name}_relu`, 'relu');
    }
  });
  x = layers.globalAveragePooling2d({ name: 'avgpool' }).apply(x) as SymbolicTensor;
  x = logits(x, 'fc', options);
  const known: ResNetConfig = { width: 64, groups: 1, inner: width, ...config };
  const name = options.name ?? variantName(variants, known, block === 'basic' ? 'resnet18' : 'resnet50');
  return network(name, image, x, options, (layer) => zeroGamma && layer.endsWith(last));
}

interface Block {
  name: string;
  channels: number;
  inner: number;
  stride: number;
  groups: number;
  layout: ResNetLayout;
  epsilon?: number | undefined;
}

function basic(x: SymbolicTensor, { name, channels, inner, stride, epsilon }: Block): SymbolicTensor {
  let y = convolution(x, `${name}_conv1`, { filters: inner, kernel: 3, stride });
  y = activation(batchNorm(y, `${name}_bn1`, epsilon), `${name}_relu1`, 'relu');
  y = convolution(y, `${name}_conv2`, { filters: channels, kernel: 3 });
  return batchNorm(y, `${name}_bn2`, epsilon);
}

function bottleneck(x: SymbolicTensor, sizes: Block): SymbolicTensor {
  const { name, channels, inner, stride, groups, layout, epsilon } = sizes;
  const [first, second] = layout === 'stride-in-1x1' ? [stride, 1] : [1, stride];
  let y = convolution(x, `${name}_conv1`, { filters: inner, stride: first });
  y = activation(batchNorm(y, `${name}_bn1`, epsilon), `${name}_relu1`, 'relu');
  y = convolution(y, `${name}_conv2`, { filters: inner, kernel: 3, stride: second, groups });
  y = activation(batchNorm(y, `${name}_bn2`, epsilon), `${name}_relu2`, 'relu');
  y = convolution(y, `${name}_conv3`, { filters: channels });
  return batchNorm(y, `${name}_bn3`, epsilon);
}
