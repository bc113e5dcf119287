export { ablationCam } from './ablation-cam.js';
export { cam } from './cam.js';
export { type CentreGaussianOptions, centreGaussian } from './centre-gaussian.js';
export { type ClusteredGroupCamOptions, clusteredGroupCam } from './clustered-group-cam.js';
export { eigenCam, firstDirection } from './eigen-cam.js';
export { type GradCamPlusPlusOptions, gradCamPlusPlus } from './grad-cam-plus-plus.js';
export { gradCam } from './grad-cam.js';
export { gradientXInput } from './gradient-x-input.js';
export { gradient } from './gradient.js';
export { type GroupCamOptions, type GroupCamProfile, groupCam, maskGains } from './group-cam.js';
export { guidedBackprop } from './guided-backprop.js';
export { type IntegratedGradientsOptions, integratedGradients } from './integrated-gradients.js';
export { lafam } from './lafam.js';
export { layerCam } from './layer-cam.js';
export { type OcclusionOptions, occlusion, occlusionDefaults } from './occlusion.js';
export { type RandomMapOptions, randomMap } from './random-map.js';
export { reciproCam } from './recipro-cam.js';
export {
  type Cost,
  type Method,
  type MethodOptions,
  type Need,
  type NetworkSize,
  methods,
} from './registry.js';
export { type RiseOptions, rise } from './rise.js';
export { type ScoreCamOptions, scoreCam } from './score-cam.js';
export { type SmoothGradOptions, smoothGrad } from './smooth-grad.js';
export { type VarGradOptions, varGrad } from './var-grad.js';
export { xGradCam } from './xgrad-cam.js';
export { type XraiOptions, xrai } from './xrai.js';
