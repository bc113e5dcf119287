import { permute } from '../../../weights/index.js';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { activate, withActivation } from '../activations.js';
import { settled } from '../arrange.js';
import { contentOf, settingsOf, type LayerExport } from '../layer.js';

/** Activation. */
export const activation: LayerExport = (use, [input]) => withActivation(use, input!);

/** Softmax; tfjs computes it over the last axis alone. */
export const softmax: LayerExport = ({ layer, writer, isEnding }, [input]) =>
  isEnding ? input! : activate(writer, layer.name, input!, 'softmax');

/** ReLU, with an upper limit or without. */
export const relu: LayerExport = ({ layer, writer }, [input]) => {
  const { maxValue } = settingsOf<{ maxValue?: number | null }>(layer);
  if (typeof maxValue !== 'number') return activate(writer, layer.name, input!, 'relu');
  const value = settled(writer, input!, 'flattened');
  const limits = [writer.number(0), writer.number(maxValue)];
  return { ...value, name: writer.node(layer.name, 'Clip', [value.name, ...limits]), nonNegative: true };
};

/** ELU. */
export const elu: LayerExport = ({ layer, writer }, [input]) => activate(writer, layer.name, input!, 'elu');

/** LeakyReLU. */
export const leakyRelu: LayerExport = ({ layer, writer }, [input]) => {
  const { alpha } = settingsOf<{ alpha: number }>(layer);
  const value = settled(writer, input!, 'flattened');
  return { ...value, name: writer.node(layer.name, 'LeakyRelu', [value.name], { alpha: { float: alpha } }) };
};

/** PReLU: its slopes in ONNX's order of the axes. */
export const prelu: LayerExport = ({ layer, writer }, [input]) => {
  const { alpha } = settingsOf<{ alpha: LayerVariable }>(layer);
  const value = settled(writer, input!);
  const { shape, values } = contentOf(alpha);
  const order = value.order.slice(1).map((axis) => axis - 1);
  const sizes = order.map((axis) => shape[axis]!);
  const slopes = writer.weight(`${layer.name}.weight`, sizes, permute(values, shape, order));
  return { ...value, name: writer.node(layer.name, 'PRelu', [value.name, slopes]) };
};

/** ThresholdedReLU. */
export const thresholdedRelu: LayerExport = ({ layer, writer }, [input]) => {
  const { theta } = settingsOf<{ theta: number }>(layer);
  const value = settled(writer, input!, 'flattened');
  return {
    ...value,
    name: writer.node(layer.name, 'ThresholdedRelu', [value.name], { alpha: { float: theta } }),
  };
};

/** Rescaling: x · scale + offset. */
export const rescaling: LayerExport = ({ layer, writer }, [input]) => {
  const { scale, offset } = settingsOf<{ scale: number; offset: number }>(layer);
  const value = settled(writer, input!, 'flattened');
  const scaled = writer.node(layer.name, 'Mul', [value.name, writer.number(scale)]);
  const name = writer.node(layer.name, 'Add', [scaled, writer.number(offset)]);
  return { ...value, name, nonNegative: false };
};
