import { layers, model as layersModel, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { invalid } from '../../errors.js';
import { initialize } from '../initialize.js';
import { GroupedConv2D, LayerNorm, StochasticDepth } from '../layers/index.js';
import type { BuildOptions } from './architecture.js';

/** Applies a layer. Its weights are zero at first: tfjs's own initializers are slow and not what is wanted. */
export function built(layer: layers.Layer, x: SymbolicTensor): SymbolicTensor {
  layer.setFastWeightInitDuringBuild(true);
  return layer.apply(x) as SymbolicTensor;
}

/** Applies a layer whose weights begin as the layer says (a norm's scale at one). */
export function applied(layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor {
  return layer.apply(x) as SymbolicTensor;
}

export interface Convolution {
  filters: number;
  kernel?: number;
  stride?: number;
  groups?: number;
  bias?: boolean;
  /** On each side; default (kernel − 1) / 2, as PyTorch's networks have it. */
  padding?: number;
}

/**
 * A convolution with PyTorch's symmetric padding. TensorFlow's 'same' is symmetric at stride 1 only; elsewhere the
 * padding is a layer of its own.
 */
export function convolution(x: SymbolicTensor, name: string, options: Convolution): SymbolicTensor {
  const { filters, kernel = 1, stride = 1, groups = 1, bias = false } = options;
  const { padding = (kernel - 1) / 2 } = options;
  const padded = padding > 0 && (stride > 1 || padding !== (kernel - 1) / 2);
  const common = {
    name,
    kernelSize: kernel,
    strides: stride,
    padding: padded || padding === 0 ? ('valid' as const) : ('same' as const),
  };
  const channels = x.shape[3]!;
  const layer =
    groups === 1
      ? layers.conv2d({ ...common, filters, useBias: bias, kernelInitializer: 'heNormal' })
      : groups === channels && filters === channels
        ? layers.depthwiseConv2d({ ...common, useBias: bias })
        : new GroupedConv2D({ ...common, filters, groups });
  const wider = padded ? applied(layers.zeroPadding2d({ padding, name: `${name}_pad` }), x) : x;
  return built(layer, wider);
}

export function batchNorm(x: SymbolicTensor, name: string, epsilon = 1e-5): SymbolicTensor {
  return applied(layers.batchNormalization({ name, momentum: 0.9, epsilon }), x);
}

export function layerNorm(x: SymbolicTensor, name: string, epsilon: number): SymbolicTensor {
  return applied(new LayerNorm({ name, epsilon }), x);
}

export function activation(
  x: SymbolicTensor,
  name: string,
  kind: 'relu' | 'relu6' | 'swish',
): SymbolicTensor {
  return applied(layers.activation({ name, activation: kind }), x);
}

export function dense(x: SymbolicTensor, name: string, units: number): SymbolicTensor {
  return built(layers.dense({ name, units }), x);
}

/** The last layer. @throws InvalidInput */
export function logits(x: SymbolicTensor, name: string, { classes }: BuildOptions): SymbolicTensor {
  if (!Number.isInteger(classes) || classes < 1) throw invalid('classes', 'an integer from 1', classes);
  return dense(x, name, classes);
}

export function add(x: SymbolicTensor, y: SymbolicTensor, name: string): SymbolicTensor {
  return applied(layers.add({ name }), [x, y]);
}

/** Maximum pooling, padded as PyTorch does; behind a ReLU, padding with zeros is padding with what it ignores. */
export function maxPool(x: SymbolicTensor, name: string): SymbolicTensor {
  const padded = applied(layers.zeroPadding2d({ padding: 1, name: `${name}_pad` }), x);
  return applied(layers.maxPooling2d({ poolSize: 3, strides: 2, name }), padded);
}

/** A branch's stochastic depth: nothing where its rate is 0. */
export function stochasticDepth(x: SymbolicTensor, name: string, rate: number): SymbolicTensor {
  return rate > 0 ? applied(new StochasticDepth({ name, rate }), x) : x;
}

/** The side of a network's image. @throws InvalidInput */
export function checkedSize<T extends number | null>(size: T, least: number, multiple = 1): T {
  const fits = size === null || (Number.isInteger(size) && size >= least && size % multiple === 0);
  if (fits) return size;
  const expected = multiple > 1 ? `a multiple of ${multiple} from ${least}` : `an integer from ${least}`;
  throw invalid('inputSize', `${expected}, or null for any size where the network takes it`, size);
}

/** The network from its ends, with random weights where they are asked for. */
export function network(
  name: string,
  image: SymbolicTensor,
  output: SymbolicTensor,
  { initial = 'random', seed = 0 }: BuildOptions,
  zeroGamma: (layer: string) => boolean = () => false,
): LayersModel {
  const model = layersModel({ inputs: image, outputs: output, name });
  if (initial === 'random') initialize(model, seed, zeroGamma);
  return model;
}

/** The name of the variant with these sizes. */
export function variantName<Config extends object>(
  variants: Readonly<Record<string, Config>>,
  config: Config,
  otherwise: string,
): string {
  const same = (one: object) =>
    Object.entries(one).every(
      ([key, value]) => JSON.stringify(value) === JSON.stringify(config[key as keyof Config]),
    );
  return Object.entries(variants).find(([, variant]) => same(variant))?.[0] ?? otherwise;
}
