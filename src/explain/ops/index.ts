export { exactProduct } from './exact-product.js';
export { type GradientOf, activationGradient, channelWeights } from './activation-gradient.js';
export { activationsInChunks, logitsBehind, rowsOf, splitInChunks, type AtLayer } from './activations.js';
export { type Attending, attentionIn, classTokenMaps, patchMaps, reading, rollOut } from './attention.js';
export { attributionMaps } from './attribution.js';
export { blend } from './blend.js';
export { type Blur, blurMatrix, checkBlur, defaultBlur, gaussianBlur, gaussianKernel } from './blur.js';
export { chunkSize, inChunks, sumInChunks } from './chunks.js';
export { classIndices, classIndicesBehind } from './class-indices.js';
export { clusters } from './clusters.js';
export { type Splittable, gradientCam, quotient, weightedSum } from './gradient-cam.js';
export {
  type GroupMaskOptions,
  denoise,
  groupMasks,
  groupSizes,
  groupSums,
  masksOfSums,
  memberSums,
  spanning,
} from './groups.js';
export { type Differentiable, type GradientRule, inputGradient } from './input-gradient.js';
export { extremes, minMax, rescale } from './min-max.js';
export { type NoiseOptions, noiseOptions, noisyCopies } from './noise.js';
export { percentile } from './percentile.js';
export { type RegionOptions, type Regions, coverByRegions } from './regions.js';
export { resized } from './resized.js';
export { type RiseGrids, drawGrids, maskMaker } from './rise-masks.js';
export { sumOverSamples } from './sampled-gradients.js';
export { type Scorer, defaultChunk, gains, scoreCopies, scoreImages, scoreMasked } from './score.js';
export { selectClass, targetIndices } from './target.js';
export { upsample } from './upsample.js';
