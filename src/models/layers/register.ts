import { serialization } from '@tensorflow/tfjs-core';
import { Gelu, HardSigmoid, HardSwish } from './activations.js';
import { GroupedConv2D } from './grouped-conv2d.js';
import { LayerNorm } from './layer-norm.js';
import { LayerScale } from './layer-scale.js';
import { SelfAttention } from './self-attention.js';
import { StochasticDepth } from './stochastic-depth.js';
import { GridTokens, TokenGrid } from './token-grid.js';
import { LearnedTokens, MeanOfPatches, PositionEmbedding, TakeToken } from './tokens.js';

type Registered = serialization.SerializableConstructor<serialization.Serializable>;

const all: unknown[] = [
  Gelu,
  GridTokens,
  GroupedConv2D,
  HardSigmoid,
  HardSwish,
  LayerNorm,
  LayerScale,
  LearnedTokens,
  MeanOfPatches,
  PositionEmbedding,
  SelfAttention,
  StochasticDepth,
  TakeToken,
  TokenGrid,
];

/** Makes our layers known to tfjs-layers, which can then read models that have them. Calling it again is free. */
export function registerLayers(): void {
  for (const layer of all) serialization.registerClass(layer as Registered);
}
