import { input, layers, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { Gelu, LayerScale } from '../layers/index.js';
import { torchvisionPreprocessing } from '../preprocessing.js';
import type { NameRule } from '../weights/index.js';
import type { Architecture, BuildOptions, Find } from './architecture.js';
import { blocksOfStages, shapeOfFirst } from './count.js';
import {
  add,
  applied,
  checkedSize,
  convolution,
  dense,
  layerNorm,
  logits,
  network,
  stochasticDepth,
  variantName,
} from './parts.js';

/** The sizes of a ConvNeXt. */
export interface ConvNextConfig {
  /** Blocks of each stage. */
  blocks: number[];
  /** Channels of each stage. */
  widths: number[];
  /** Of the last layer norm; the others have 1e-6. Default 1e-6. */
  epsilon?: number;
  /** Rate of the stochastic depth of the last block; default 0. */
  depthDrop?: number;
}

const variants: Record<string, ConvNextConfig> = {
  convnext_tiny: { blocks: [3, 3, 9, 3], widths: [96, 192, 384, 768] },
  convnext_small: { blocks: [3, 3, 27, 3], widths: [96, 192, 384, 768] },
  convnext_base: { blocks: [3, 3, 27, 3], widths: [128, 256, 512, 1024] },
};

// torchvision has a stage and what halves the size before it one after the other in a list.
const torchvisionNames: NameRule[] = [
  ['stem.conv.{w}', 'features.0.0.{w}'],
  ['stem.norm.{w}', 'features.0.1.{w}'],
  ...[0, 1, 2, 3].flatMap((stage): NameRule[] => [
    [`stages.${stage}.down.norm.{w}`, `features.${2 * stage}.0.{w}`],
    [`stages.${stage}.down.conv.{w}`, `features.${2 * stage}.1.{w}`],
    [`stages.${stage}.blocks.{b}.gamma`, `features.${2 * stage + 1}.{b}.layer_scale`],
    [`stages.${stage}.blocks.{b}.depthwise.{w}`, `features.${2 * stage + 1}.{b}.block.0.{w}`],
    [`stages.${stage}.blocks.{b}.norm.{w}`, `features.${2 * stage + 1}.{b}.block.2.{w}`],
    [`stages.${stage}.blocks.{b}.fc1.{w}`, `features.${2 * stage + 1}.{b}.block.3.{w}`],
    [`stages.${stage}.blocks.{b}.fc2.{w}`, `features.${2 * stage + 1}.{b}.block.5.{w}`],
  ]),
  ['norm.{w}', 'classifier.0.{w}'],
  ['head.{w}', 'classifier.2.{w}'],
];

const timmNames: NameRule[] = [
  ['stem.conv.{w}', 'stem.0.{w}'],
  ['stem.norm.{w}', 'stem.1.{w}'],
  ['stages.{s}.down.norm.{w}', 'stages.{s}.downsample.0.{w}'],
  ['stages.{s}.down.conv.{w}', 'stages.{s}.downsample.1.{w}'],
  ['stages.{s}.blocks.{b}.depthwise.{w}', 'stages.{s}.blocks.{b}.conv_dw.{w}'],
  ['stages.{s}.blocks.{b}.fc1.{w}', 'stages.{s}.blocks.{b}.mlp.fc1.{w}'],
  ['stages.{s}.blocks.{b}.fc2.{w}', 'stages.{s}.blocks.{b}.mlp.fc2.{w}'],
  ['norm.{w}', 'head.norm.{w}'],
  ['head.{w}', 'head.fc.{w}'],
];

const huggingFaceNames: NameRule[] = [
  ['stem.conv.{w}', 'convnext.embeddings.patch_embeddings.{w}'],
  ['stem.norm.{w}', 'convnext.embeddings.layernorm.{w}'],
  ['stages.{s}.down.norm.{w}', 'convnext.encoder.stages.{s}.downsampling_layer.0.{w}'],
  ['stages.{s}.down.conv.{w}', 'convnext.encoder.stages.{s}.downsampling_layer.1.{w}'],
  ['stages.{s}.blocks.{b}.gamma', 'convnext.encoder.stages.{s}.layers.{b}.layer_scale_parameter'],
  ['stages.{s}.blocks.{b}.depthwise.{w}', 'convnext.encoder.stages.{s}.layers.{b}.dwconv.{w}'],
  ['stages.{s}.blocks.{b}.norm.{w}', 'convnext.encoder.stages.{s}.layers.{b}.layernorm.{w}'],
  ['stages.{s}.blocks.{b}.fc1.{w}', 'convnext.encoder.stages.{s}.layers.{b}.pwconv1.{w}'],
  ['stages.{s}.blocks.{b}.fc2.{w}', 'convnext.encoder.stages.{s}.layers.{b}.pwconv2.{w}'],
  ['norm.{w}', 'convnext.layernorm.{w}'],
  ['head.{w}', 'classifier.{w}'],
];

/** @see Liu et al. (2022), "A ConvNet for the 2020s" */
export const convnextArchitecture: Architecture<ConvNextConfig> = {
  name: 'ConvNeXt',
  variants,
  sources: [
    {
      name: 'torchvision',
      names: torchvisionNames,
      settings: { depthDrop: 0.1 },
      preprocessing: { ...torchvisionPreprocessing, resize: 236 },
    },
    {
      name: 'timm',
      names: timmNames,
      preprocessing: { ...torchvisionPreprocessing, interpolation: 'bicubic' },
    },
    {
      name: 'Hugging Face',
      names: huggingFaceNames,
      settings: { epsilon: 1e-12 },
      configure: ({ layer_norm_eps: epsilon }) => (typeof epsilon === 'number' ? { epsilon } : {}),
      preprocessing: { ...torchvisionPreprocessing, interpolation: 'bicubic' },
    },
  ],
  example: { blocks: [1, 1, 1, 1], widths: [2, 2, 2, 2] },
  head: 'head',
  configure,
  build: convnext,
};

function configure(find: Find): ConvNextConfig | undefined {
  const isStem = shapeOfFirst(find, 'stem.conv.weight', 'stem.norm.weight') !== undefined;
  if (!isStem || !shapeOfFirst(find, 'stages.0.blocks.0.gamma', 'stages.0.blocks.1.gamma')) return undefined;
  const channels = (stage: number, block: number): number | undefined => {
    const name = `stages.${stage}.blocks.${block}`;
    return shapeOfFirst(find, `${name}.depthwise.weight`, `${name}.norm.weight`)?.[0];
  };
  const blocks = blocksOfStages((stage, block) => channels(stage, block) !== undefined);
  return { blocks, widths: blocks.map((_, stage) => channels(stage, 0)!) };
}

/** Any ConvNeXt: input [N, H, W, 3], output [N, classes] (logits). */
function convnext(config: ConvNextConfig, options: BuildOptions): LayersModel {
  const { blocks, widths, epsilon = 1e-6, depthDrop = 0 } = config;
  const inputSize = checkedSize(options.inputSize ?? null, 32);
  const image = input({ shape: [inputSize, inputSize, 3], name: 'image' });
  const down = { padding: 0, bias: true };
  let x = convolution(image, 'stem_conv', { filters: widths[0]!, kernel: 4, stride: 4, ...down });
  x = layerNorm(x, 'stem_norm', 1e-6);
  const count = blocks.reduce((sum, each) => sum + each, 0);
  let position = 0;
  blocks.forEach((number, stage) => {
    if (stage > 0) {
      const name = `stages_${stage}_down`;
      x = layerNorm(x, `${name}_norm`, 1e-6);
      x = convolution(x, `${name}_conv`, { filters: widths[stage]!, kernel: 2, stride: 2, ...down });
    }
    for (let index = 0; index < number; index++) {
      const rate = (depthDrop * position++) / Math.max(1, count - 1);
      x = convnextBlock(x, `stages_${stage}_blocks_${index}`, rate);
    }
  });
  x = applied(layers.globalAveragePooling2d({ name: 'avgpool' }), x);
  x = layerNorm(x, 'norm', epsilon);
  return network(variantName(variants, config, 'convnext_tiny'), image, logits(x, 'head', options), options);
}

function convnextBlock(x: SymbolicTensor, name: string, rate: number): SymbolicTensor {
  const channels = x.shape[3]!;
  let y = convolution(x, `${name}_depthwise`, { filters: channels, kernel: 7, groups: channels, bias: true });
  y = dense(layerNorm(y, `${name}_norm`, 1e-6), `${name}_fc1`, 4 * channels);
  y = dense(applied(new Gelu({ name: `${name}_gelu` }), y), `${name}_fc2`, channels);
  y = applied(new LayerScale({ name: `${name}_gamma` }), y);
  return add(stochasticDepth(y, `${name}_drop`, rate), x, `${name}_add`);
}
