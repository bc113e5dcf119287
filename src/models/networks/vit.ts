import { input, layers, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { Failure, invalid, show } from '../../errors.js';
import {
  Gelu,
  GridTokens,
  LayerScale,
  LearnedTokens,
  MeanOfPatches,
  PositionEmbedding,
  SelfAttention,
  TakeToken,
  TokenGrid,
} from '../layers/index.js';
import { torchvisionPreprocessing } from '../preprocessing.js';
import type { Architecture, BuildOptions, Find, Source } from './architecture.js';
import { countWhile, shapeOfFirst } from './count.js';
import {
  add,
  applied,
  built,
  convolution,
  dense,
  layerNorm,
  logits,
  network,
  stochasticDepth,
  variantName,
} from './parts.js';
import {
  dinoNames,
  huggingFaceDinoNames,
  huggingFaceVitNames,
  timmVitNames,
  torchvisionVitNames,
} from './vit-names.js';

/** The sizes of a vision transformer. */
export interface VitConfig {
  /** Side of a patch, pixels. */
  patch: number;
  /** Patches along a side of the image. */
  grid: number;
  /** Numbers of a token. */
  width: number;
  depth: number;
  heads: number;
  /** Units inside the MLPs. */
  hidden: number;
  /** Tokens behind the class token that stand for no patch (registers, a distillation token). */
  registers: number;
  /** What has a position: the patches, the class token too, or all tokens. */
  positions: 'patches' | 'class' | 'all';
  /** Whether what each branch adds is weighed by channel. */
  layerScale: boolean;
  /** What the last layer sees: the class token, or with it the mean of the patches. */
  seen: 'class' | 'class and patches';
  /** Of the layer norms; default 1e-6. */
  epsilon?: number;
  /** Rate of the stochastic depth of the last block; default 0. */
  depthDrop?: number;
}

function sizes(width: number, others: Partial<VitConfig> = {}): VitConfig {
  return {
    patch: 16,
    grid: 14,
    width,
    depth: 12,
    heads: width / 64,
    hidden: 4 * width,
    registers: 0,
    positions: 'class',
    layerScale: false,
    seen: 'class',
    ...others,
  };
}

const dino = { patch: 14, grid: 16, layerScale: true };
const imagenet = { ...torchvisionPreprocessing, interpolation: 'bicubic' as const };
const half: [number, number, number] = [0.5, 0.5, 0.5];
const huggingFace = { ...imagenet, resize: 224, interpolation: 'bilinear' as const };

/**
 * Vision transformers: ViT, DeiT (without a distillation head), DINOv2, with registers or without.
 *
 * @see Dosovitskiy et al. (2020), "An Image is Worth 16x16 Words"; Touvron et al. (2020), "Training data-efficient image
 *   transformers"; Oquab et al. (2023), "DINOv2"; Darcet et al. (2023), "Vision Transformers Need Registers"
 */
export const vitArchitecture: Architecture<VitConfig> = {
  name: 'ViT',
  variants: {
    vit_tiny_patch16_224: sizes(192),
    vit_small_patch16_224: sizes(384),
    vit_base_patch16_224: sizes(768),
    vit_b_16: sizes(768),
    deit_tiny_patch16_224: sizes(192),
    deit_small_patch16_224: sizes(384),
    deit_base_patch16_224: sizes(768),
    vit_small_patch14_dinov2: sizes(384, dino),
    vit_base_patch14_dinov2: sizes(768, dino),
    vit_small_patch14_reg4_dinov2: sizes(384, { ...dino, registers: 4, positions: 'patches' }),
  },
  sources: [
    { name: 'torchvision', names: torchvisionVitNames, preprocessing: torchvisionPreprocessing },
    {
      name: 'DINOv2',
      names: dinoNames,
      mark: /^(mask_token|register_tokens)$/,
      ignored: /^mask_token$/,
      preprocessing: { ...imagenet, resize: 256 },
    },
    { name: 'timm', names: timmVitNames, preprocessing: { ...imagenet, resize: 248 } },
    ofHuggingFace(huggingFaceVitNames('vit'), { ...huggingFace, mean: half, std: half }, 1e-12),
    ofHuggingFace(huggingFaceVitNames('deit'), { ...imagenet }, 1e-12),
    ofHuggingFace(huggingFaceDinoNames('dinov2'), { ...imagenet }, 1e-6),
    ofHuggingFace(huggingFaceDinoNames('dinov2_with_registers'), { ...imagenet }, 1e-6),
  ],
  example: sizes(4, { heads: 1, depth: 1, registers: 1, layerScale: true }),
  fixedSize: true,
  head: 'head',
  configure,
  build: vit,
};

function ofHuggingFace(
  names: Source<VitConfig>['names'],
  preprocessing: Source<VitConfig>['preprocessing'],
  epsilon: number,
): Source<VitConfig> {
  return {
    name: 'Hugging Face',
    names,
    ignored: /pooler\.|mask_token$/,
    settings: { epsilon },
    preprocessing,
    configure: ({ hidden_act: act = 'gelu', num_attention_heads: heads, layer_norm_eps: given }) => {
      if (act !== 'gelu') throw new Failure(`config.json: hidden_act: expected "gelu", found ${show(act)}`);
      return {
        ...(typeof heads === 'number' && { heads }),
        ...(typeof given === 'number' && { epsilon: given }),
      };
    },
  };
}

function configure(find: Find): VitConfig | undefined {
  const patch = find('patch.weight');
  const position = find('position');
  const block = (index: number): boolean =>
    shapeOfFirst(find, `blocks.${index}.attn.qkv.weight`, `blocks.${index}.fc1.weight`) !== undefined;
  if (patch?.length !== 4 || position?.length !== 3 || !find('token') || !block(0)) return undefined;
  const width = patch[0]!;
  const registers = find('registers')?.[1] ?? 0;
  // A square of patches, and what else has a position: no, one, or all other tokens.
  const others = [0, 1, 1 + registers].find((count) => Number.isInteger(Math.sqrt(position[1]! - count)));
  if (others === undefined) return undefined;
  return {
    patch: patch[2]!,
    grid: Math.sqrt(position[1]! - others),
    width,
    depth: countWhile(block).length,
    heads: Math.max(1, Math.round(width / 64)),
    hidden: shapeOfFirst(find, 'blocks.0.fc1.weight', 'blocks.1.fc1.weight')?.[0] ?? 4 * width,
    registers,
    positions: others === 0 ? 'patches' : others === 1 ? 'class' : 'all',
    layerScale: shapeOfFirst(find, 'blocks.0.scale1', 'blocks.0.scale2') !== undefined,
    seen: find('head.weight')?.[1] === 2 * width ? 'class and patches' : 'class',
  };
}

/** Any such transformer: input [N, S, S, 3] of one size, output [N, classes] (logits). */
export function vit(config: VitConfig, options: BuildOptions): LayersModel {
  const { patch, width, depth, registers, positions, epsilon = 1e-6, depthDrop = 0 } = config;
  const side = options.inputSize ?? config.grid * patch;
  const grid = side / patch;
  if (!Number.isInteger(grid)) throw invalid('inputSize', `a multiple of ${patch} (the patches' side)`, side);
  const image = input({ shape: [side, side, 3], name: 'image' });
  let x = convolution(image, 'patch', {
    filters: width,
    kernel: patch,
    stride: patch,
    padding: 0,
    bias: true,
  });
  x = applied(layers.reshape({ name: 'patch_tokens', targetShape: [grid * grid, width] }), x);
  const addPositions = () => (x = built(new PositionEmbedding({ name: 'position' }), x));
  const addRegisters = (at: number) => {
    if (registers > 0) x = built(new LearnedTokens({ name: 'registers', count: registers, at }), x);
  };
  if (positions === 'patches') addPositions();
  if (positions === 'all') addRegisters(0);
  x = built(new LearnedTokens({ name: 'token', count: 1, at: 0 }), x);
  if (positions !== 'patches') addPositions();
  if (positions !== 'all') addRegisters(1);
  for (let index = 0; index < depth; index++) {
    const rate = (depthDrop * index) / Math.max(1, depth - 1);
    x = transformerBlock(x, `blocks_${index}`, config, { grid, rate, isLast: index === depth - 1 });
  }
  x = layerNorm(x, 'norm', epsilon);
  let seen = applied(new TakeToken({ name: 'class', index: 0 }), x);
  if (config.seen === 'class and patches') {
    const mean = applied(new MeanOfPatches({ name: 'patches', prefix: 1 + registers }), x);
    seen = layers.concatenate({ name: 'seen' }).apply([seen, mean]) as SymbolicTensor;
  }
  const name = variantName(vitArchitecture.variants, config, 'vit');
  return network(name, image, logits(seen, 'head', options), options);
}

function transformerBlock(
  x: SymbolicTensor,
  name: string,
  { width, heads, hidden, registers, layerScale, epsilon = 1e-6 }: VitConfig,
  { grid, rate, isLast }: { grid: number; rate: number; isLast: boolean },
): SymbolicTensor {
  const residual = (y: SymbolicTensor, number: 1 | 2, from: SymbolicTensor) => {
    const scaled = layerScale ? applied(new LayerScale({ name: `${name}_scale${number}` }), y) : y;
    return add(stochasticDepth(scaled, `${name}_drop${number}`, rate), from, `${name}_add${number}`);
  };
  let y = layerNorm(x, `${name}_norm1`, epsilon);
  if (isLast) {
    // What the last block's attention sees, as an image: the target layer of maps.
    const prefix = 1 + registers;
    const image = applied(new TokenGrid({ name: `${name}_grid`, prefix, rows: grid, columns: grid }), y);
    y = applied(new GridTokens({ name: `${name}_tokens`, prefix }), [y, image]);
  }
  y = dense(y, `${name}_attn_qkv`, 3 * width);
  y = dense(applied(new SelfAttention({ name: `${name}_attn`, heads }), y), `${name}_attn_proj`, width);
  const middle = residual(y, 1, x);
  y = dense(layerNorm(middle, `${name}_norm2`, epsilon), `${name}_fc1`, hidden);
  y = dense(applied(new Gelu({ name: `${name}_gelu` }), y), `${name}_fc2`, width);
  return residual(y, 2, middle);
}
