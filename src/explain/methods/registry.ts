import type { Method } from '../method.js';
import { ablationCam } from './ablation-cam.js';
import { attentionRollout } from './attention-rollout.js';
import { cam } from './cam.js';
import { centerGaussian } from './center-gaussian.js';
import { chefer } from './chefer.js';
import { clusteredGroupCam } from './clustered-group-cam.js';
import { eigenCam } from './eigen-cam.js';
import { gradCamPlusPlus } from './grad-cam-plus-plus.js';
import { gradCam } from './grad-cam.js';
import { gradientXInput } from './gradient-x-input.js';
import { gradient } from './gradient.js';
import { groupCam } from './group-cam.js';
import { guidedBackprop } from './guided-backprop.js';
import { integratedGradients } from './integrated-gradients.js';
import { lafam } from './lafam.js';
import { layerCam } from './layer-cam.js';
import { legrad } from './legrad.js';
import { occlusion } from './occlusion.js';
import { randomMap } from './random-map.js';
import { reciproCam } from './recipro-cam.js';
import { rise } from './rise.js';
import { scoreCam } from './score-cam.js';
import { smoothGrad } from './smooth-grad.js';
import { varGrad } from './var-grad.js';
import { xGradCam } from './xgrad-cam.js';
import { xrai } from './xrai.js';

/** Every method, in the order of the table of methods. */
const all: readonly { method: Method }[] = [
  groupCam,
  clusteredGroupCam,
  cam,
  gradCam,
  gradCamPlusPlus,
  xGradCam,
  layerCam,
  eigenCam,
  lafam,
  reciproCam,
  ablationCam,
  scoreCam,
  chefer,
  legrad,
  attentionRollout,
  rise,
  occlusion,
  xrai,
  gradient,
  gradientXInput,
  guidedBackprop,
  integratedGradients,
  smoothGrad,
  varGrad,
  randomMap,
  centerGaussian,
];

/** Every method by its name. */
export const methods: Readonly<Record<string, Method>> = Object.fromEntries(
  all.map(({ method }) => [method.name, method]),
);
