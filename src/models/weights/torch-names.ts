import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { sourceNames, type NameRule } from './name-rules.js';
import { permute } from './permute.js';

/** One variable of a model under the name and in the layout that PyTorch gives it. */
export interface TorchParameter {
  /** The tensor's; where several make it up, that of the first. */
  name: string;
  /** All tensors that make it up, one behind the other along their first axis. */
  names: readonly string[];
  /** Of all of them together. */
  shape: number[];
  variable: LayerVariable;
  /** Values in PyTorch's order to values in the variable's order. */
  arrange(values: Float32Array): Float32Array;
}

/**
 * The variables of a model whose layer names are PyTorch's module names with '_' for '.' (resnet50, vgg19), or that has
 * rules from such names to those of its source.
 */
export function torchParameters(model: LayersModel, rules: readonly NameRule[] = []): TorchParameter[] {
  return model.layers.flatMap((layer) =>
    layer.weights.map((variable) => {
      const kind = /(gamma|beta|moving_mean|moving_variance|kernel|bias|table)(_\d+)?$/.exec(
        variable.originalName,
      )?.[1];
      const suffix = suffixOf(layer.getClassName(), kind);
      const names = sourceNames(rules, `${layer.name.replaceAll('_', '.')}${suffix}`);
      const isDepthwise = layer.getClassName() === 'DepthwiseConv2D' && kind === 'kernel';
      return { name: names[0]!, names, variable, ...layoutOf(variable.shape as number[], isDepthwise) };
    }),
  );
}

const suffixes: Record<string, string> = {
  kernel: '.weight',
  bias: '.bias',
  gamma: '.weight',
  beta: '.bias',
  moving_mean: '.running_mean',
  moving_variance: '.running_var',
};

/** Behind the layer's name; nothing where the layer is its weight (tokens, positions, a scale). */
function suffixOf(layer: string, kind: string | undefined): string {
  return layer === 'LayerScale' || kind === undefined ? '' : (suffixes[kind] ?? '');
}

function layoutOf(shape: number[], isDepthwise: boolean): Pick<TorchParameter, 'shape' | 'arrange'> {
  if (shape.length === 2) {
    const [inputs, outputs] = shape as [number, number];
    return { shape: [outputs, inputs], arrange: (values) => permute(values, [outputs, inputs], [1, 0]) };
  }
  if (isDepthwise) {
    const [height, width, channels, multiplier] = shape as [number, number, number, number];
    const outputs = channels * multiplier;
    return {
      shape: [outputs, 1, height, width],
      arrange: (values) => permute(values, [outputs, height * width], [1, 0]),
    };
  }
  if (shape.length === 4) {
    const [height, width, inputs, outputs] = shape as [number, number, number, number];
    return {
      shape: [outputs, inputs, height, width],
      arrange: (values) => hwio(values, [outputs, inputs, height, width]),
    };
  }
  return { shape, arrange: (values) => values };
}

/** Convolution kernel [out, in, h, w] → [h, w, in, out]: permute() reads it with strides, which takes longer. */
function hwio(
  values: Float32Array,
  [outputs, inputs, height, width]: [number, number, number, number],
): Float32Array {
  // [out, in·h·w] → [in, h·w, out] → one transposition for all outputs, then the inputs behind the positions.
  const positions = height * width;
  const arranged = new Float32Array(values.length);
  for (let out = 0; out < outputs; out++) {
    for (let channel = 0; channel < inputs; channel++) {
      const from = (out * inputs + channel) * positions;
      for (let position = 0; position < positions; position++) {
        arranged[(position * inputs + channel) * outputs + out] = values[from + position]!;
      }
    }
  }
  return arranged;
}
