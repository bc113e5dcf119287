import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';

/** One variable of a model under the name and in the layout that PyTorch gives it. */
export interface TorchParameter {
  name: string;
  shape: number[];
  variable: LayerVariable;
  /** Values in PyTorch's order to values in the variable's order. */
  arrange(values: Float32Array): Float32Array;
}

/**
 * The variables of a model whose layer names are PyTorch's module names with '_' for '.' (resnet50, vgg19).
 */
export function torchParameters(model: LayersModel): TorchParameter[] {
  return model.layers.flatMap((layer) => {
    const module = layer.name.replaceAll('_', '.');
    const isBatchNorm = layer.getClassName() === 'BatchNormalization';
    return layer.weights.map((variable) => {
      const kind = /(gamma|beta|moving_mean|moving_variance|kernel|bias)(_\d+)?$/.exec(
        variable.originalName,
      )?.[1];
      const suffix = isBatchNorm
        ? batchNormNames[kind as keyof typeof batchNormNames]
        : kind === 'bias'
          ? 'bias'
          : 'weight';
      return { name: `${module}.${suffix}`, variable, ...layoutOf(variable.shape as number[]) };
    });
  });
}

const batchNormNames = {
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

function layoutOf(shape: number[]): Pick<TorchParameter, 'shape' | 'arrange'> {
  if (shape.length === 2) {
    const [inputs, outputs] = shape as [number, number];
    return { shape: [outputs, inputs], arrange: (values) => transpose(values, outputs, inputs) };
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

/** [rows, columns] → [columns, rows]. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      turned[column * rows + row] = values[row * columns + column]!;
  }
  return turned;
}

/** Convolution kernel [out, in, h, w] → [h, w, in, out]. */
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
