import { permute } from '../../../weights/index.js';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { Failure } from '../../../../errors.js';
import { settled } from '../arrange.js';
import { contentOf, settingsOf, type LayerExport, type LayerUse } from '../layer.js';
import type { Value } from '../value.js';

interface Normalization {
  /** Missing from our own layer norm, which is over the last axis. */
  axis?: number | number[];
  epsilon: number;
  gamma?: LayerVariable | null;
  beta?: LayerVariable | null;
  movingMean: LayerVariable;
  movingVariance: LayerVariable;
}

/** BatchNormalization with its running statistics; where the channels are not ONNX's second axis, Mul and Add. */
export const batchNormalization: LayerExport = (use, [input]) => {
  const { layer, writer, shape } = use;
  const { epsilon, movingMean, movingVariance, ...settings } = settingsOf<Normalization>(layer);
  const value = settled(writer, input!);
  const [axis, ...more] = axesOf(settings.axis, value);
  if (axis === undefined || more.length > 0) {
    throw new Failure(
      `layer '${layer.name}': batch normalization over several axes cannot be written as ONNX`,
    );
  }
  const variance = contentOf(movingVariance).values;
  const mean = contentOf(movingMean).values;
  const gamma = settings.gamma ? contentOf(settings.gamma).values : variance.map(() => 1);
  const beta = settings.beta ? contentOf(settings.beta).values : variance.map(() => 0);
  const channels = variance.length;
  const scale = gamma.map((factor, channel) => factor / Math.sqrt(variance[channel]! + epsilon));
  const offset = beta.map((shift, channel) => shift - mean[channel]! * scale[channel]!);
  const weight = (name: string, values: Float32Array, sizes = [channels]) =>
    writer.weight(`${layer.name}.${name}`, sizes, values);
  const position = value.order.indexOf(axis);
  const result = { shape, order: value.order };

  if (position !== 1) {
    const sizes = value.order.map((_, place) => (place === position ? channels : 1));
    const scaled = writer.node(layer.name, 'Mul', [value.name, weight('scale', scale, sizes)]);
    return { ...result, name: writer.node(layer.name, 'Add', [scaled, weight('offset', offset, sizes)]) };
  }
  const attributes = { epsilon: { float: epsilon } };
  if (writer.precision === 'float16') {
    // Running variances may be larger or smaller than float16 can hold; the scale they lead to is not.
    const statistics = [
      weight(
        'zeros',
        beta.map(() => 0),
      ),
      weight(
        'ones',
        beta.map(() => 1),
      ),
    ];
    const inputs = [value.name, weight('scale', scale), weight('offset', offset), ...statistics];
    const name = writer.node(layer.name, 'BatchNormalization', inputs, { epsilon: { float: 0 } });
    return { ...result, name };
  }
  const inputs = [
    value.name,
    weight('weight', gamma),
    weight('bias', beta),
    weight('running_mean', mean),
    weight('running_var', variance),
  ];
  return { ...result, name: writer.node(layer.name, 'BatchNormalization', inputs, attributes) };
};

/** LayerNormalization; where what is normalized are not ONNX's last axes, by means over the axes that they are. */
export const layerNormalization: LayerExport = (use, [input]) => {
  const { layer, writer, shape } = use;
  const { epsilon, ...settings } = settingsOf<Normalization>(layer);
  const value = settled(writer, input!);
  const axes = axesOf(settings.axis, value);
  const rank = value.order.length;
  const places = axes.map((axis) => value.order.indexOf(axis));
  const result = { shape, order: value.order };
  const areLast = places.every((place, index) => place === rank - places.length + index);
  if (areLast) {
    const weights = [
      parameter(use, 'weight', settings.gamma, axes, value, 1),
      ...(settings.beta ? [parameter(use, 'bias', settings.beta, axes, value, 0)] : []),
    ];
    const attributes = { axis: places[0]! - rank, epsilon: { float: epsilon } };
    return {
      ...result,
      name: writer.node(layer.name, 'LayerNormalization', [value.name, ...weights], attributes),
    };
  }
  const over = { axes: [...places].sort((one, other) => one - other), keepdims: 1 };
  const node = (operator: string, inputs: string[], attributes = {}) =>
    writer.node(layer.name, operator, inputs, attributes);
  const centered = node('Sub', [value.name, node('ReduceMean', [value.name], over)]);
  const variance = node('ReduceMean', [node('Mul', [centered, centered])], over);
  const deviation = node('Sqrt', [node('Add', [variance, writer.number(epsilon)])]);
  let name = node('Div', [centered, deviation]);
  if (settings.gamma) name = node('Mul', [name, parameter(use, 'weight', settings.gamma, axes, value, 1)]);
  if (settings.beta) name = node('Add', [name, parameter(use, 'bias', settings.beta, axes, value, 0)]);
  return { ...result, name };
};

/** A parameter of a layer normalization, in ONNX's order of the axes that it is for, with 1 for those between. */
function parameter(
  { layer, writer }: LayerUse,
  name: string,
  variable: LayerVariable | null | undefined,
  axes: readonly number[],
  { order, shape }: Value,
  otherwise: number,
): string {
  const sizes = axes.map((axis) => shape[axis]!);
  const count = sizes.reduce((product, size) => product * size, 1);
  const values = variable ? contentOf(variable).values : new Float32Array(count).fill(otherwise);
  const own = order.filter((axis) => axes.includes(axis));
  const turned = permute(
    values,
    sizes,
    own.map((axis) => axes.indexOf(axis)),
  );
  const first = Math.min(...axes.map((axis) => order.indexOf(axis)));
  const places = order.slice(first).map((axis) => (axes.includes(axis) ? shape[axis]! : 1));
  return writer.weight(`${layer.name}.${name}`, places, turned);
}

function axesOf(axis: number | number[] = -1, { shape }: Value): number[] {
  return [axis].flat().map((each) => (each < 0 ? each + shape.length : each));
}
