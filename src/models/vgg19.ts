import type { LayersModel } from '@tensorflow/tfjs-layers';
import { vgg } from './networks/index.js';

export interface VggOptions {
  /** Number of outputs (logits), from 1. */
  classes: number;
  /** Side of the input, pixels, a multiple of 32; weights of torchvision need 224. Default 224. */
  inputSize?: number;
  /** Of the initialization; default 0. */
  seed?: number;
  /** 'zeros' where weights are imported afterwards: 140 million random numbers take a while. Default 'he'. */
  initial?: 'he' | 'zeros';
  /** Channels of the first convolution; default 64. */
  width?: number;
  /** Units of the two hidden linear layers; default 4096. */
  hidden?: number;
}

/**
 * VGG19 without batch norm: input [N, S, S, 3], output [N, classes] (logits). Made of standard layers alone; names are
 * torchvision's with '_' for '.', so features.0 is 'features_0'.
 *
 * @throws InvalidInput
 * @see Simonyan & Zisserman (2014), "Very Deep Convolutional Networks for Large-Scale Image Recognition", configuration E
 */
export function vgg19({
  inputSize = 224,
  initial = 'he',
  width = 64,
  hidden = 4096,
  ...options
}: VggOptions): LayersModel {
  return vgg(
    { convolutions: [2, 2, 4, 4, 4], norm: false, width, hidden },
    { ...options, inputSize, initial: initial === 'he' ? 'random' : 'zeros', name: 'vgg19' },
  );
}
