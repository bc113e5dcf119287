import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { layers, input, model as layersModel } from '@tensorflow/tfjs-layers';
import { invalid } from '../errors.js';
import { initialize } from './initialize.js';

/** Where a stage halves the size: torchvision in the 3×3 convolution, He et al.'s release and Keras in the first 1×1. */
export type ResNetLayout = 'stride-in-3x3' | 'stride-in-1x1';

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
export function resnet50(options: ResNetOptions): LayersModel {
  const { classes, layout = 'stride-in-3x3', inputSize = 224, zeroGamma = false, seed = 0 } = options;
  const { initial = 'he', blocks = [3, 4, 6, 3], width = 64, epsilon = 1e-5 } = options;
  if (!Number.isInteger(classes) || classes < 1) throw invalid('classes', 'an integer from 1', classes);
  if (layout !== 'stride-in-3x3' && layout !== 'stride-in-1x1') {
    throw invalid('layout', "'stride-in-3x3' or 'stride-in-1x1'", layout);
  }
  if (inputSize !== null && (!Number.isInteger(inputSize) || inputSize < 32)) {
    throw invalid('inputSize', 'an integer from 32, or null for any size', inputSize);
  }

  const image = input({ shape: [inputSize, inputSize, 3], name: 'image' });
  let x = convolution(image, 'conv1', width, 7, 2);
  x = relu(batchNorm(x, 'bn1', epsilon), 'relu');
  // Behind a ReLU, padding with zeros is padding with what the maximum ignores.
  x = layers.zeroPadding2d({ padding: 1, name: 'maxpool_pad' }).apply(x) as SymbolicTensor;
  x = layers.maxPooling2d({ poolSize: 3, strides: 2, name: 'maxpool' }).apply(x) as SymbolicTensor;
  blocks.forEach((count, stage) => {
    for (let block = 0; block < count; block++) {
      const name = `layer${stage + 1}_${block}`;
      const stride = stage > 0 && block === 0 ? 2 : 1;
      x = bottleneck(x, { name, channels: width * 2 ** stage, stride, first: block === 0, layout, epsilon });
    }
  });
  x = layers.globalAveragePooling2d({ name: 'avgpool' }).apply(x) as SymbolicTensor;
  x = built(layers.dense({ units: classes, name: 'fc' }), x);
  const network = layersModel({ inputs: image, outputs: x, name: 'resnet50' });
  if (initial === 'he') initialize(network, seed, (name) => zeroGamma && name.endsWith('bn3'));
  return network;
}

interface Bottleneck {
  name: string;
  channels: number;
  stride: number;
  /** The first block of a stage has a convolution in its shortcut. */
  first: boolean;
  layout: ResNetLayout;
  epsilon: number;
}

function bottleneck(
  x: SymbolicTensor,
  { name, channels, stride, first, layout, epsilon }: Bottleneck,
): SymbolicTensor {
  const strides = layout === 'stride-in-1x1' ? [stride, 1] : [1, stride];
  let y = convolution(x, `${name}_conv1`, channels, 1, strides[0]!);
  y = relu(batchNorm(y, `${name}_bn1`, epsilon), `${name}_relu1`);
  y = convolution(y, `${name}_conv2`, channels, 3, strides[1]!);
  y = relu(batchNorm(y, `${name}_bn2`, epsilon), `${name}_relu2`);
  y = convolution(y, `${name}_conv3`, 4 * channels, 1, 1);
  y = batchNorm(y, `${name}_bn3`, epsilon);
  const shortcut = first
    ? batchNorm(
        convolution(x, `${name}_downsample_0`, 4 * channels, 1, stride),
        `${name}_downsample_1`,
        epsilon,
      )
    : x;
  const sum = layers.add({ name: `${name}_add` }).apply([y, shortcut]) as SymbolicTensor;
  return relu(sum, `${name}_relu`);
}

// TensorFlow's 'same' is symmetric at stride 1 only; elsewhere the padding is a layer of its own.
function convolution(
  x: SymbolicTensor,
  name: string,
  filters: number,
  kernel: number,
  stride: number,
): SymbolicTensor {
  const padding = (kernel - 1) / 2;
  const padded = stride > 1 && padding > 0;
  const layer = layers.conv2d({
    name,
    filters,
    kernelSize: kernel,
    strides: stride,
    padding: padded || padding === 0 ? 'valid' : 'same',
    useBias: false,
    kernelInitializer: 'heNormal',
  });
  const wider = padded ? layers.zeroPadding2d({ padding, name: `${name}_pad` }).apply(x) : x;
  return built(layer, wider as SymbolicTensor);
}

function batchNorm(x: SymbolicTensor, name: string, epsilon: number): SymbolicTensor {
  return layers.batchNormalization({ name, momentum: 0.9, epsilon }).apply(x) as SymbolicTensor;
}

function relu(x: SymbolicTensor, name: string): SymbolicTensor {
  return layers.activation({ name, activation: 'relu' }).apply(x) as SymbolicTensor;
}

// Zeros at first: tfjs's own initializer is slow and not what is wanted.
function built(layer: layers.Layer, x: SymbolicTensor): SymbolicTensor {
  layer.setFastWeightInitDuringBuild(true);
  return layer.apply(x) as SymbolicTensor;
}
