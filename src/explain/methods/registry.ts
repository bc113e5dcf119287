import type * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../../models/index.js';
import { ablationCam } from './ablation-cam.js';
import { cam } from './cam.js';
import { centreGaussian } from './centre-gaussian.js';
import { clusteredGroupCam } from './clustered-group-cam.js';
import type { Maps } from '../types.js';
import { eigenCam } from './eigen-cam.js';
import { gradCamPlusPlus } from './grad-cam-plus-plus.js';
import { gradCam } from './grad-cam.js';
import { gradientXInput } from './gradient-x-input.js';
import { gradient } from './gradient.js';
import { groupCam } from './group-cam.js';
import { guidedBackprop } from './guided-backprop.js';
import type { Differentiable } from '../ops/index.js';
import { integratedGradients } from './integrated-gradients.js';
import { lafam } from './lafam.js';
import { layerCam } from './layer-cam.js';
import { occlusion, occlusionDefaults } from './occlusion.js';
import { randomMap } from './random-map.js';
import { reciproCam } from './recipro-cam.js';
import { rise } from './rise.js';
import { scoreCam } from './score-cam.js';
import { smoothGrad } from './smooth-grad.js';
import { varGrad } from './var-grad.js';
import { xGradCam } from './xgrad-cam.js';
import { xrai } from './xrai.js';

/** What a method's cost depends on. */
export interface NetworkSize {
  /** [H, W] of the images. */
  image: [number, number];
  /** Positions of the target layer, h · w. */
  positions: number;
  /** Channels of the target layer, K. */
  channels: number;
}

/** What one image costs, in passes: through the whole network, through it and back, through its head alone. */
export interface Cost {
  queries: number;
  gradients: number;
  heads: number;
}

/** What a method asks of the network beside its scores. */
export type Need = 'target layer' | 'head gradient' | 'image gradient' | 'pooling and linear layer';

/** Options of a method by name, as they come from a command line; null is the same as left out. */
export type MethodOptions = Record<string, unknown>;

/** A saliency method, and what people should know of it. */
export interface Method {
  /** @throws InvalidInput when the network does not fit or an option is out of its range */
  run(classifier: Classifier & Differentiable, images: tf.Tensor4D, options?: MethodOptions): Maps;
  /** What may be set beside `target` and `chunk`, and its default; null: chosen automatically. */
  defaults: Readonly<MethodOptions>;
  /** What an image costs with the method's options, defaults filled in. */
  cost(options: MethodOptions, network: NetworkSize): Cost;
  needs: readonly Need[];
  /** Whether the map depends on the class. */
  classSpecific: boolean;
  /** Whether it may stand inside of compile(): it reads no values. */
  compilable: boolean;
  reference: string;
}

const cost = (queries: number, gradients = 0, heads = 0): Cost => ({ queries, gradients, heads });
const layer = ['target layer'] as const;
const headGradient = ['target layer', 'head gradient'] as const;
const imageGradient = ['image gradient'] as const;
const usual = { classSpecific: true, compilable: true } as const;
const noise = { samples: 25, spread: 0.15, seed: 0 };

/** Every method by its name. */
export const methods: Readonly<Record<string, Method>> = {
  'group-cam': {
    ...usual,
    run: groupCam,
    defaults: {
      profile: 'paper',
      groups: null,
      theta: null,
      order: null,
      gradientOf: 'logit',
      blur: { size: 51, sigma: 50 },
      scoringScale: 1,
    },
    cost: ({ groups, profile }) => {
      const free = profile === 'gradient-free';
      return cost(2 + Number(groups ?? (free ? 16 : 32)), 0, free ? 0 : 2);
    },
    needs: headGradient,
    reference: 'Zhang, Rao & Yang (2021), Group-CAM, arXiv 2103.13859',
  },
  'clustered-group-cam': {
    ...usual,
    compilable: false,
    run: clusteredGroupCam,
    defaults: { groups: 32, weighted: true, theta: 70, blur: { size: 51, sigma: 50 }, seed: 0 },
    cost: ({ groups }) => cost(2 + Number(groups), 0, 2),
    needs: headGradient,
    reference: 'Group-CAM with groups by similarity, as Cluster-CAM: Feng et al. (2023), arXiv 2302.01642',
  },
  cam: {
    ...usual,
    run: cam,
    defaults: {},
    cost: () => cost(1),
    needs: ['target layer', 'pooling and linear layer'],
    reference: 'Zhou et al. (2016), CAM, CVPR, arXiv 1512.04150',
  },
  'grad-cam': {
    ...usual,
    run: gradCam,
    defaults: {},
    cost: () => cost(1, 0, 2),
    needs: headGradient,
    reference: 'Selvaraju et al. (2017), Grad-CAM, ICCV, arXiv 1610.02391',
  },
  'grad-cam++': {
    ...usual,
    run: gradCamPlusPlus,
    defaults: { epsilon: 0 },
    cost: () => cost(1, 0, 2),
    needs: headGradient,
    reference: 'Chattopadhyay et al. (2018), Grad-CAM++, WACV, arXiv 1710.11063',
  },
  'xgrad-cam': {
    ...usual,
    run: xGradCam,
    defaults: {},
    cost: () => cost(1, 0, 2),
    needs: headGradient,
    reference: 'Fu et al. (2020), XGrad-CAM, BMVC, arXiv 2008.02312',
  },
  'layer-cam': {
    ...usual,
    run: layerCam,
    defaults: {},
    cost: () => cost(1, 0, 2),
    needs: headGradient,
    reference: 'Jiang et al. (2021), LayerCAM, IEEE TIP 30',
  },
  'eigen-cam': {
    ...usual,
    classSpecific: false,
    run: eigenCam,
    defaults: {},
    cost: () => cost(1),
    needs: layer,
    reference: 'Muhammad & Yeasin (2020), Eigen-CAM, IJCNN, arXiv 2008.00299',
  },
  lafam: {
    ...usual,
    classSpecific: false,
    run: lafam,
    defaults: {},
    cost: () => cost(1),
    needs: layer,
    reference: 'Karjauv & Albayrak (2024), LaFAM, arXiv 2407.06059',
  },
  'recipro-cam': {
    ...usual,
    run: reciproCam,
    defaults: {},
    cost: (_, { positions }) => cost(1, 0, positions),
    needs: layer,
    reference: 'Byun & Lee (2022), Recipro-CAM, arXiv 2209.14074',
  },
  'ablation-cam': {
    ...usual,
    run: ablationCam,
    defaults: {},
    cost: (_, { channels }) => cost(1, 0, channels + 1),
    needs: layer,
    reference: 'Desai & Ramaswamy (2020), Ablation-CAM, WACV',
  },
  'score-cam': {
    ...usual,
    run: scoreCam,
    defaults: { increase: false },
    cost: ({ increase }, { channels }) => cost(1 + channels + (increase === true ? 1 : 0)),
    needs: layer,
    reference: 'Wang et al. (2020), Score-CAM, CVPR Workshops, arXiv 1910.01279',
  },
  rise: {
    ...usual,
    run: rise,
    defaults: { masks: 4000, gridSize: 7, keepProbability: 0.5, seed: 0 },
    cost: ({ masks }) => cost(1 + Number(masks)),
    needs: [],
    reference: 'Petsiuk, Das & Saenko (2018), RISE, BMVC, arXiv 1806.07421',
  },
  occlusion: {
    ...usual,
    run: occlusion,
    defaults: { size: null, stride: null, fill: 0 },
    cost: (options, { image }) => cost(2 + occlusionDefaults(image, options).places),
    needs: [],
    reference: 'Zeiler & Fergus (2014), ECCV, arXiv 1311.2901',
  },
  xrai: {
    ...usual,
    compilable: false,
    run: xrai,
    defaults: {
      steps: 100,
      scales: [50, 100, 150, 250, 500, 1200],
      segmentationSize: 224,
      minSize: 150,
      dilation: 5,
      minPixels: 50,
      area: 1,
    },
    cost: ({ steps }) => cost(1, 2 * Number(steps)),
    needs: imageGradient,
    reference: 'Kapishnikov et al. (2019), XRAI, ICCV, arXiv 1906.02825',
  },
  gradient: {
    ...usual,
    run: gradient,
    defaults: {},
    cost: () => cost(1, 1),
    needs: imageGradient,
    reference: 'Simonyan, Vedaldi & Zisserman (2013), arXiv 1312.6034',
  },
  'gradient-x-input': {
    ...usual,
    run: gradientXInput,
    defaults: {},
    cost: () => cost(1, 1),
    needs: imageGradient,
    reference: 'Shrikumar et al. (2016), arXiv 1605.01713',
  },
  'guided-backprop': {
    ...usual,
    run: guidedBackprop,
    defaults: {},
    cost: () => cost(1, 1),
    needs: imageGradient,
    reference: 'Springenberg et al. (2014), arXiv 1412.6806',
  },
  'integrated-gradients': {
    ...usual,
    run: integratedGradients,
    defaults: { steps: 50, baseline: 0 },
    cost: ({ steps }) => cost(1, Number(steps)),
    needs: imageGradient,
    reference: 'Sundararajan, Taly & Yan (2017), ICML, arXiv 1703.01365',
  },
  smoothgrad: {
    ...usual,
    run: smoothGrad,
    defaults: noise,
    cost: ({ samples }) => cost(1, Number(samples)),
    needs: imageGradient,
    reference: 'Smilkov et al. (2017), arXiv 1706.03825',
  },
  vargrad: {
    ...usual,
    run: varGrad,
    defaults: noise,
    cost: ({ samples }) => cost(1, Number(samples) + 1),
    needs: imageGradient,
    reference: 'Adebayo et al. (2018), ICLR Workshop, arXiv 1810.03307',
  },
  random: {
    ...usual,
    classSpecific: false,
    run: randomMap,
    defaults: { gridSize: 7, seed: 0 },
    cost: () => cost(0),
    needs: [],
    reference: 'a control: a coarse random map',
  },
  'centre-gaussian': {
    ...usual,
    classSpecific: false,
    run: centreGaussian,
    defaults: { sigma: 0.25 },
    cost: () => cost(0),
    needs: [],
    reference: 'a control: a Gaussian in the middle of the image',
  },
};
