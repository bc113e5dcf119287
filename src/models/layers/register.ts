import { Gelu, HardSigmoid, HardSwish } from './activations.js';
import { GroupedConv2D } from './grouped-conv2d.js';
import { register } from './layer.js';
import { LayerNorm } from './layer-norm.js';
import { LayerScale } from './layer-scale.js';
import { SelfAttention } from './self-attention.js';
import { StochasticDepth } from './stochastic-depth.js';
import { GridTokens, TokenGrid } from './token-grid.js';
import { LearnedTokens, PositionEmbedding, TakeToken } from './tokens.js';

/** Makes our layers known to tfjs-layers, which can then read models that have them. Calling it again is free. */
export function registerLayers(): void {
  [Gelu, HardSigmoid, HardSwish, LayerNorm, LayerScale].forEach((layer) => register(layer as never));
  [GroupedConv2D, SelfAttention, StochasticDepth].forEach((layer) => register(layer as never));
  [GridTokens, TokenGrid, LearnedTokens, PositionEmbedding, TakeToken].forEach((layer) =>
    register(layer as never),
  );
}
