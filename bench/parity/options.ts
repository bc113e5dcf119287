import * as tf from '@tensorflow/tfjs-core';
import { methods, type MethodOptions } from '../../src/explain/index.js';
import type { Folder } from './folder.js';
import type { GoldenImage } from './format.js';
import { toTensor } from './npy.js';

/** What a golden's parameters ask of a method; a string says why that cannot be done. */
export type OptionsOf = (params: Params, folder: Folder, image: GoldenImage) => MethodOptions | string;
type Params = Record<string, unknown>;

/**
 * The method that a golden's name means: the one whose name it begins with, the longest one ('grad-cam++.eps1e-6' is
 * grad-cam++, 'group-cam.paper.g8' is group-cam).
 */
export function methodOf(name: string): string | undefined {
  return Object.keys(methods)
    .filter((known) => name === known || name.startsWith(`${known}.`))
    .sort((a, b) => b.length - a.length)[0];
}

/** Options by method; a method that is not here has none. Tensors among them are the caller's. */
export const optionsOf: Readonly<Record<string, OptionsOf>> = {
  'group-cam': (params) => {
    const blur = params['blur'] as { taps: number; sigma: number; padding?: string };
    if (blur.padding !== undefined && blur.padding !== 'reflect') return `padding ${blur.padding}`;
    const order = String(params['order']);
    return {
      profile: params['profile'],
      groups: params['groups'],
      theta: params['theta'],
      order: order.startsWith('upsample') ? 'upsample-first' : 'normalize-first',
      gradientOf: String(params['gradientOf']).includes('probability') ? 'probability' : 'logit',
      blur: { size: blur.taps, sigma: blur.sigma },
    };
  },
  'grad-cam++': ({ eps }) => ({ epsilon: eps ?? 0 }),
  'score-cam': ({ baselineSubtracted, softmaxOverChannels }) =>
    softmaxOverChannels === true ? 'softmax over the channels' : { increase: baselineSubtracted === true },
  'recipro-cam': ({ gaussian }) => (gaussian === true ? 'a Gaussian mask' : {}),
  'eigen-cam': ({ centred }) => (centred === false ? 'activations that are not centered' : {}),
  rise: ({ N: masks, p: share }, { goldens, array }) => {
    const assets = goldens.assets?.rise;
    if (!assets) return 'no grids in assets.rise';
    const [grids, offsets] = [array(assets.grids), array(assets.offsets)];
    const count = Number(masks);
    return {
      keepProbability: share,
      masks: count,
      grids: {
        grids: tf.tidy(() => tf.slice(toTensor<tf.Tensor3D>(grids), 0, count)),
        offsets: tf.tidy(() => tf.slice(toTensor<tf.Tensor2D>(offsets, 'int32'), 0, count)),
      },
    };
  },
  smoothgrad: ({ samples, sigmaRule }, { goldens, array }) => {
    const assets = goldens.assets?.smoothgrad;
    if (!assets) return 'no noise in assets.smoothgrad';
    const spread = /^([0-9.]+)\s*\*\s*\(max\(x\)\s*-\s*min\(x\)\)/.exec(String(sigmaRule))?.[1];
    if (!spread) return `the rule for sigma: ${String(sigmaRule)}`;
    const noise = tf.tidy(() => tf.slice(toTensor(array(assets.noise)), 0, Number(samples)));
    return { samples, spread: Number(spread), noise };
  },
  'integrated-gradients': ({ steps, rule, baseline }) => {
    if (!String(rule).startsWith('right Riemann')) return `the rule ${String(rule)}`;
    return String(baseline).startsWith('zeros') ? { steps, baseline: 0 } : `the baseline ${String(baseline)}`;
  },
  xrai: ({ igSteps, minPixelDiff, areaThreshold, segments }, { array }, image) => {
    const stored = image.segments?.['xraiLabels'];
    if (typeof stored !== 'string') return 'no labels in segments.xraiLabels';
    const radius = /disk radius (\d+)/.exec(String(segments))?.[1];
    const labels = array(stored);
    return {
      steps: igSteps,
      minPixels: minPixelDiff,
      area: areaThreshold,
      dilation: Number(radius ?? 0),
      labels: toTensor({ shape: [1, ...labels.shape], values: labels.values }, 'int32'),
    };
  },
};
