import type { LayersModel } from '@tensorflow/tfjs-layers';
import { resnet, type ResNetLayout } from './networks/index.js';

export interface ResNetOptions {
  /** Number of outputs (logits), from 1. */
  classes: number;
  /** Default 'stride-in-3x3'. */
  layout?: ResNetLayout;
  /** Side of the input, pixels, from 32; null: any. Default 224. */
  inputSize?: number | null;
  /** Scale 0 in the last batch norm of every block: each starts as the identity. Default false. */
  zeroGamma?: boolean;
  /** Of the initialization; default 0. */
  seed?: number;
  /** 'zeros' where weights are imported afterwards: 25 million random numbers take a second. Default 'he'. */
  initial?: 'he' | 'zeros';
  /** Blocks of each of the stages; default [3, 4, 6, 3]. */
  blocks?: number[];
  /** Channels of the first convolution; default 64. */
  width?: number;
  /** Of the batch norms; default 1e-5. */
  epsilon?: number;
}

/**
 * ResNet-50: input [N, H, W, 3], output [N, classes] (logits). Made of standard layers alone; names are torchvision's
 * with '_' for '.', so layer1.0.conv1 is 'layer1_0_conv1'. Padding is symmetric as in PyTorch.
 *
 * @throws InvalidInput
 * @see He et al. (2015), "Deep Residual Learning for Image Recognition"; initialization: see initialize()
 */
export function resnet50({
  layout = 'stride-in-3x3',
  inputSize = 224,
  initial = 'he',
  blocks = [3, 4, 6, 3],
  width = 64,
  epsilon = 1e-5,
  ...options
}: ResNetOptions): LayersModel {
  return resnet(
    { block: 'bottleneck', blocks, width, layout, epsilon },
    { ...options, inputSize, initial: initial === 'he' ? 'random' : 'zeros', name: 'resnet50' },
  );
}
