import {
  input,
  layers,
  model as layersModel,
  type LayersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { invalid } from '../errors.js';
import { initialize } from './initialize.js';

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

// Convolutions before each pooling, and their channels in units of the first one's.
const stages = [
  [2, 1],
  [2, 2],
  [4, 4],
  [4, 8],
  [4, 8],
] as const;

/**
 * VGG19 without batch norm: input [N, S, S, 3], output [N, classes] (logits). Made of standard layers alone; names are
 * torchvision's with '_' for '.', so features.0 is 'features_0'.
 *
 * @throws InvalidInput
 * @see Simonyan & Zisserman (2014), "Very Deep Convolutional Networks for Large-Scale Image Recognition", configuration E
 */
export function vgg19(options: VggOptions): LayersModel {
  const { classes, inputSize = 224, seed = 0, initial = 'he', width = 64, hidden = 4096 } = options;
  if (!Number.isInteger(classes) || classes < 1) throw invalid('classes', 'an integer from 1', classes);
  if (!(inputSize > 0 && inputSize % 32 === 0)) throw invalid('inputSize', 'a multiple of 32', inputSize);

  const image = input({ shape: [inputSize, inputSize, 3], name: 'image' });
  let position = 0;
  let x: SymbolicTensor = image;
  const add = (part: 'features' | 'classifier', make: (name: string) => layers.Layer) => {
    const layer = make(`${part}_${position++}`);
    // Zeros at first: tfjs's own initializer is slow and not what is wanted.
    layer.setFastWeightInitDuringBuild(true);
    x = layer.apply(x) as SymbolicTensor;
  };
  const relu = (name: string) => layers.activation({ name, activation: 'relu' });

  for (const [count, factor] of stages) {
    for (let convolution = 0; convolution < count; convolution++) {
      const shape = { filters: width * factor, kernelSize: 3, padding: 'same' as const };
      add('features', (name) => layers.conv2d({ name, ...shape, kernelInitializer: 'heNormal' }));
      add('features', relu);
    }
    add('features', (name) => layers.maxPooling2d({ name, poolSize: 2, strides: 2 }));
  }
  // PyTorch flattens channel by channel.
  x = layers.permute({ name: 'channels_first', dims: [3, 1, 2] }).apply(x) as SymbolicTensor;
  x = layers.flatten({ name: 'flatten' }).apply(x) as SymbolicTensor;
  position = 0;
  for (const units of [hidden, hidden]) {
    add('classifier', (name) => layers.dense({ name, units }));
    add('classifier', relu);
    add('classifier', (name) => layers.dropout({ name, rate: 0.5 }));
  }
  add('classifier', (name) => layers.dense({ name, units: classes }));
  const network = layersModel({ inputs: image, outputs: x, name: 'vgg19' });
  if (initial === 'he') initialize(network, seed, () => false);
  return network;
}
