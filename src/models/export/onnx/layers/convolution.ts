import { permute } from '../../../weights/index.js';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { Failure } from '../../../../errors.js';
import { withActivation } from '../activations.js';
import { asImage, settled } from '../arrange.js';
import { contentOf, settingsOf, type LayerExport, type LayerUse } from '../layer.js';
import { imageOrder, type Value } from '../value.js';
import { overImage } from '../window.js';

interface Convolution {
  kernelSize: number[];
  strides: number[];
  dilationRate: number[];
  padding: string;
  dataFormat: keyof typeof imageOrder;
  kernel: LayerVariable;
  depthwiseKernel: LayerVariable;
  pointwiseKernel: LayerVariable;
  bias?: LayerVariable | null;
}

/** Conv2D: kernel [h, w, in, out] → Conv with [out, in, h, w]; zeros around the image become its pads. */
export const conv2d: LayerExport = (use, [input]) => {
  const { layer, writer } = use;
  const { kernel, bias } = settingsOf<Convolution>(layer);
  const { image, attributes } = overImage(writer, input!, windowOf(use), () => true);
  const { shape, values } = contentOf(kernel);
  const [height, width, channels, filters] = shape as [number, number, number, number];
  const turned = permute(values, shape, [3, 2, 0, 1]);
  const own = image.mix ? mixedKernel(turned, image.mix, filters, height * width) : turned;
  const sizes = [filters, image.mix ? image.mix[0]!.length : channels, height, width];
  const inputs = [image.name, writer.weight(`${layer.name}.weight`, sizes, own), ...biasOf(use, bias)];
  return finished(use, writer.node(layer.name, 'Conv', inputs, attributes));
};

/** DepthwiseConv2D: kernel [h, w, in, m] → Conv with in groups and [in · m, 1, h, w]. tfjs ignores its dilation. */
export const depthwiseConv2d: LayerExport = (use, [input]) => {
  const { depthwiseKernel, bias } = settingsOf<Convolution>(use.layer);
  return finished(use, depthwise(use, input!, depthwiseKernel, biasOf(use, bias), [1, 1]));
};

/** SeparableConv2D: a depthwise convolution and one of 1×1. */
export const separableConv2d: LayerExport = (use, [input]) => {
  const { layer, writer } = use;
  const { depthwiseKernel, pointwiseKernel, bias, dilationRate } = settingsOf<Convolution>(layer);
  const parts = depthwise(use, input!, depthwiseKernel, [], dilationRate);
  const { shape, values } = contentOf(pointwiseKernel);
  const sizes = [shape[3]!, shape[2]!, 1, 1];
  const kernel = writer.weight(`${layer.name}.pointwise.weight`, sizes, permute(values, shape, [3, 2, 0, 1]));
  return finished(
    use,
    writer.node(layer.name, 'Conv', [parts, kernel, ...biasOf(use, bias)], { kernel_shape: [1, 1] }),
  );
};

/** Conv2DTranspose: kernel [h, w, out, in] → ConvTranspose with [in, out, h, w]. */
export const conv2dTranspose: LayerExport = (use, [input]) => {
  const { layer, writer } = use;
  const { kernel, bias, strides, kernelSize, padding, dataFormat } = settingsOf<Convolution>(layer);
  const image = settled(writer, asImage(writer, input!, dataFormat));
  // What the kernel reaches beyond stride · size is cut away; what it does not reach is 0.
  const beyond = kernelSize.map((size, axis) => size - strides[axis]!);
  const cut = beyond.map((size) => (padding === 'same' ? Math.max(size, 0) : 0));
  const { shape, values } = contentOf(kernel);
  const sizes = [shape[3]!, shape[2]!, shape[0]!, shape[1]!];
  const weight = writer.weight(`${layer.name}.weight`, sizes, permute(values, shape, [3, 2, 0, 1]));
  const before = cut.map((size) => Math.floor(size / 2));
  const attributes = {
    kernel_shape: kernelSize,
    strides,
    pads: [...before, ...cut.map((size, axis) => size - before[axis]!)],
    output_padding: beyond.map((size) => Math.max(-size, 0)),
  };
  return finished(
    use,
    writer.node(layer.name, 'ConvTranspose', [image.name, weight, ...biasOf(use, bias)], attributes),
  );
};

function depthwise(
  use: LayerUse,
  input: Value,
  kernel: LayerVariable,
  bias: string[],
  dilations: number[],
): string {
  const { layer, writer } = use;
  const window = { ...windowOf(use), dilations };
  const { image: given, attributes } = overImage(writer, input, window, () => true);
  const image = settled(writer, given);
  const { shape, values } = contentOf(kernel);
  const [height, width, channels, multiplier] = shape as [number, number, number, number];
  const weight = writer.weight(
    `${layer.name}.depthwise.weight`,
    [channels * multiplier, 1, height, width],
    permute(values, shape, [2, 3, 0, 1]),
  );
  return writer.node(layer.name, 'Conv', [image.name, weight, ...bias], { ...attributes, group: channels });
}

function windowOf({ layer }: LayerUse) {
  const { kernelSize, strides, dilationRate, padding, dataFormat } = settingsOf<Convolution>(layer);
  if (padding !== 'same' && padding !== 'valid') {
    throw new Failure(`layer '${layer.name}': its padding '${padding}' cannot be written as ONNX`);
  }
  return { kernel: kernelSize, strides, dilations: dilationRate, padding, dataFormat };
}

function biasOf({ layer, writer }: LayerUse, bias: LayerVariable | null | undefined): string[] {
  if (!bias) return [];
  const { shape, values } = contentOf(bias);
  return [writer.weight(`${layer.name}.bias`, shape, values)];
}

function finished(use: LayerUse, name: string): Value {
  const { dataFormat } = settingsOf<Convolution>(use.layer);
  return withActivation(use, { name, shape: use.shape, order: imageOrder[dataFormat] });
}

/** A kernel [out, in, positions] for an image whose channels have not been mixed: [out, j, positions]. */
function mixedKernel(
  kernel: Float32Array,
  mix: NonNullable<Value['mix']>,
  filters: number,
  positions: number,
): Float32Array {
  const [inputs, given] = [mix.length, mix[0]!.length];
  const own = new Float32Array(filters * given * positions);
  for (let filter = 0; filter < filters; filter++) {
    for (let channel = 0; channel < given; channel++) {
      for (let position = 0; position < positions; position++) {
        let sum = 0;
        for (let input = 0; input < inputs; input++) {
          sum += mix[input]![channel]! * kernel[(filter * inputs + input) * positions + position]!;
        }
        own[(filter * given + channel) * positions + position] = sum;
      }
    }
  }
  return own;
}
