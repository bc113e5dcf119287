export { Gelu, HardSigmoid, HardSwish } from './activations.js';
export { GroupedConv2D } from './grouped-conv2d.js';
export { LayerNorm } from './layer-norm.js';
export { LayerScale } from './layer-scale.js';
export { registerLayers } from './register.js';
export { SelfAttention } from './self-attention.js';
export { StochasticDepth } from './stochastic-depth.js';
export { GridTokens, TokenGrid } from './token-grid.js';
export { LearnedTokens, MeanOfPatches, PositionEmbedding, TakeToken } from './tokens.js';
