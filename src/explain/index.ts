export { ablationCam } from './ablation-cam.js';
export { activationGradient, type GradientOf } from './activation-gradient.js';
export { activationsInChunks } from './activations.js';
export { attributionMaps } from './attribution.js';
export { blend } from './blend.js';
export { blurMatrix, checkBlur, defaultBlur, gaussianBlur, gaussianKernel, type Blur } from './blur.js';
export { cam } from './cam.js';
export { centreGaussian, type CentreGaussianOptions } from './centre-gaussian.js';
export { chunkSize, inChunks, sumInChunks } from './chunks.js';
export { clusteredGroupCam, type ClusteredGroupCamOptions } from './clustered-group-cam.js';
export { clusters } from './clusters.js';
export { compiledClassifier, type CompiledClassifier } from './compiled-classifier.js';
export type { CommonOptions, Maps, Target } from './contract.js';
export { eigenCam, firstDirection } from './eigen-cam.js';
export { explain, methodNamed, methodOptions, type ExplainOptions } from './explain.js';
export { gradCamPlusPlus, type GradCamPlusPlusOptions } from './grad-cam-plus-plus.js';
export { gradCam } from './grad-cam.js';
export { gradientCam, quotient, weightedSum, type Splittable } from './gradient-cam.js';
export { gradientXInput } from './gradient-x-input.js';
export { gradient } from './gradient.js';
export { groupCam, maskGains, type GroupCamOptions, type GroupCamProfile } from './group-cam.js';
export { denoise, groupMasks, groupSizes, groupSums, type GroupMaskOptions } from './groups.js';
export { guidedBackprop } from './guided-backprop.js';
export { inputGradient, type Differentiable, type GradientRule } from './input-gradient.js';
export { integratedGradients, type IntegratedGradientsOptions } from './integrated-gradients.js';
export { lafam } from './lafam.js';
export { layerCam } from './layer-cam.js';
export {
  methods,
  type Cost,
  type Method,
  type MethodOptions,
  type Need,
  type NetworkSize,
} from './methods.js';
export { extremes, minMax, rescale } from './min-max.js';
export { occlusion, occlusionDefaults, type OcclusionOptions } from './occlusion.js';
export { percentile } from './percentile.js';
export { randomMap, type RandomMapOptions } from './random-map.js';
export { reciproCam } from './recipro-cam.js';
export { coverByRegions, type RegionOptions, type Regions } from './regions.js';
export { drawGrids, maskMaker, type RiseGrids } from './rise-masks.js';
export { rise, type RiseOptions } from './rise.js';
export { scoreCam, type ScoreCamOptions } from './score-cam.js';
export { defaultChunk, gains, scoreCopies, scoreImages, scoreMasked, type Scorer } from './score.js';
export {
  dilate,
  felzenszwalb,
  resizeCubic,
  segmentsOfScales,
  type FelzenszwalbOptions,
  type ScalesOptions,
} from './segments/index.js';
export { smoothGrad, type SmoothGradOptions } from './smooth-grad.js';
export { type Smoothing } from './smoothing.js';
export { selectClass, targetIndices } from './target.js';
export { resized } from './resized.js';
export { upsample } from './upsample.js';
export { varGrad, type VarGradOptions } from './var-grad.js';
export { xGradCam } from './xgrad-cam.js';
export { xrai, type XraiOptions } from './xrai.js';
