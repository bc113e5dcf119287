import type * as tf from '@tensorflow/tfjs-core';
import type { MethodOptions } from '../../src/explain/index.js';

/** What either side prints. */
export interface Timed {
  /** Median over calls with one image each, map on the host included. */
  msPerImage: number;
  /** Processor time of the same, over all cores. */
  cpuMsPerImage: number;
  firstCallMs: number;
  peakMemoryMB: number;
}

/** One comparison with a peer library. */
export interface Row {
  /** A method of camtune. */
  method: string;
  /** Options that make camtune compute what the peer computes. */
  options: MethodOptions;
  peer: string;
  /** The ratio of times that is aimed at. */
  target: number;
  /** Where the peer is no package: the flag that says where its code lies. */
  code?: 'group-cam' | 'rise';
  /** Options made of what the peer drew at random and wrote down. */
  drawn?(read: (file: string, dtype: 'float32' | 'int32') => tf.Tensor): MethodOptions;
  /** Takes up to a minute an image: one image, one call. */
  slow?: boolean;
}

/** Every comparison, by its name. */
export const rows: Readonly<Record<string, Row>> = {
  'grad-cam': { method: 'grad-cam', options: {}, peer: 'pytorch-grad-cam', target: 0.7 },
  'layer-cam': { method: 'layer-cam', options: {}, peer: 'pytorch-grad-cam', target: 0.7 },
  'group-cam': {
    method: 'group-cam',
    // Their code has no de-noising at this commit.
    options: { profile: 'reference', groups: 32, theta: null },
    peer: "the authors' code",
    target: 0.5,
    code: 'group-cam',
  },
  'integrated-gradients': {
    method: 'integrated-gradients',
    options: { steps: 50 },
    peer: 'captum',
    target: 0.9,
  },
  smoothgrad: {
    method: 'smoothgrad',
    options: { samples: 25, spread: 0.15 },
    peer: 'captum',
    target: 0.9,
    drawn: (read) => ({ noise: read('noise.npy', 'float32') }),
  },
  xrai: { method: 'xrai', options: { steps: 100 }, peer: 'PAIR saliency', target: 0.5, slow: true },
  'score-cam': { method: 'score-cam', options: {}, peer: 'pytorch-grad-cam', target: 0.6, slow: true },
  rise: {
    method: 'rise',
    options: { masks: 1000 },
    peer: 'RISE',
    target: 0.6,
    code: 'rise',
    drawn: (read) => ({
      grids: { grids: read('grids.npy', 'float32'), offsets: read('offsets.npy', 'int32') },
    }),
    slow: true,
  },
};
