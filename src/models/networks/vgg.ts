import { input, layers, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { torchvisionPreprocessing } from '../preprocessing.js';
import type { Architecture, BuildOptions, Find } from './architecture.js';
import { shapeOfFirst } from './count.js';
import {
  activation,
  applied,
  batchNorm,
  checkedSize,
  convolution,
  dense,
  logits,
  network,
  variantName,
} from './parts.js';

/** The sizes of a VGG. */
export interface VggConfig {
  /** Convolutions before each pooling. */
  convolutions: number[];
  norm: boolean;
  /** Channels of the first convolution; default 64. */
  width?: number;
  /** Units of the two hidden linear layers; default 4096. */
  hidden?: number;
  /** Side of what the linear layers see; default 7. */
  grid?: number;
}

const depths: Record<string, number[]> = {
  vgg11: [1, 1, 2, 2, 2],
  vgg13: [2, 2, 2, 2, 2],
  vgg16: [2, 2, 3, 3, 3],
  vgg19: [2, 2, 4, 4, 4],
};

const sizes = { width: 64, hidden: 4096, grid: 7 };
const variants: Record<string, VggConfig> = {};
for (const [name, convolutions] of Object.entries(depths)) {
  variants[name] = { convolutions, norm: false, ...sizes };
  variants[`${name}_bn`] = { convolutions, norm: true, ...sizes };
}

/**
 * VGG with and without batch norm; our names are torchvision's. timm's have their linear layers as convolutions.
 *
 * @see Simonyan & Zisserman (2014), "Very Deep Convolutional Networks for Large-Scale Image Recognition"
 */
export const vggArchitecture: Architecture<VggConfig> = {
  name: 'VGG',
  variants,
  sources: [
    { name: 'torchvision', names: [], preprocessing: torchvisionPreprocessing },
    {
      name: 'timm',
      names: [
        ['classifier.0.{w}', 'pre_logits.fc1.{w}'],
        ['classifier.3.{w}', 'pre_logits.fc2.{w}'],
        ['classifier.6.{w}', 'head.fc.{w}'],
      ],
      preprocessing: torchvisionPreprocessing,
    },
  ],
  example: { convolutions: [1, 1, 2, 2, 2], norm: true, width: 2, hidden: 2, grid: 1 },
  fixedSize: true,
  head: 'classifier.6',
  configure,
  build: vgg,
};

/** The positions of convolutions in torchvision's list, for each number of them before the poolings. */
function positions({ convolutions, norm }: Pick<VggConfig, 'convolutions' | 'norm'>): number[] {
  const found: number[] = [];
  let position = 0;
  for (const count of convolutions) {
    for (let index = 0; index < count; index++) {
      found.push(position);
      position += norm ? 3 : 2;
    }
    position++;
  }
  return found;
}

function configure(find: Find): VggConfig | undefined {
  const isConvolution = (position: number): boolean => {
    const name = `features.${position}`;
    return find(`${name}.weight`)?.length === 4 || (!!find(`${name}.bias`) && !find(`${name}.running_var`));
  };
  const hidden = find('classifier.0.weight');
  const first = shapeOfFirst(find, 'features.0.weight', 'features.0.bias');
  if (!first || !isConvolution(0) || !hidden) return undefined;
  const norm = shapeOfFirst(find, 'features.1.running_mean', 'features.1.running_var') !== undefined;
  const fits = Object.values(depths).find((convolutions) => {
    const all = positions({ convolutions, norm });
    return all.every(isConvolution) && !isConvolution(all.at(-1)! + (norm ? 3 : 2));
  });
  const width = first[0]!;
  const inputs = hidden.slice(1).reduce((product, size) => product * size, 1);
  const grid = Math.round(Math.sqrt(inputs / (8 * width)));
  return { convolutions: fits ?? depths['vgg19']!, norm, width, hidden: hidden[0]!, grid };
}

/**
 * Any VGG: input [N, S, S, 3], output [N, classes] (logits). Names are torchvision's with '_' for '.', so features.0 is
 * 'features_0'.
 *
 * @throws InvalidInput
 */
export function vgg(config: VggConfig, options: BuildOptions & { name?: string }): LayersModel {
  const { convolutions, norm, width = 64, hidden = 4096, grid = 7 } = config;
  const inputSize = checkedSize(options.inputSize ?? grid * 32, 32, 32);
  const image = input({ shape: [inputSize, inputSize, 3], name: 'image' });
  let x: SymbolicTensor = image;
  let position = 0;
  convolutions.forEach((count, stage) => {
    for (let index = 0; index < count; index++) {
      const filters = width * Math.min(8, 2 ** stage);
      x = convolution(x, `features_${position++}`, { filters, kernel: 3, bias: true });
      if (norm) x = batchNorm(x, `features_${position++}`);
      x = activation(x, `features_${position++}`, 'relu');
    }
    x = applied(layers.maxPooling2d({ name: `features_${position++}`, poolSize: 2, strides: 2 }), x);
  });
  // PyTorch flattens channel by channel.
  x = applied(layers.permute({ name: 'channels_first', dims: [3, 1, 2] }), x);
  x = applied(layers.flatten({ name: 'flatten' }), x);
  position = 0;
  for (const units of [hidden, hidden]) {
    x = dense(x, `classifier_${position++}`, units);
    x = activation(x, `classifier_${position++}`, 'relu');
    x = applied(layers.dropout({ name: `classifier_${position++}`, rate: 0.5 }), x);
  }
  x = logits(x, `classifier_${position}`, options);
  const known: VggConfig = { ...sizes, ...config };
  return network(
    options.name ?? variantName(variants, known, norm ? 'vgg19_bn' : 'vgg19'),
    image,
    x,
    options,
  );
}
