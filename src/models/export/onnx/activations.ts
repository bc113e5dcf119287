import { Failure } from '../../../errors.js';
import { settled } from './arrange.js';
import { settingsOf, type LayerUse } from './layer.js';
import type { Value } from './value.js';
import type { Attributes, Writer } from './writer.js';

/**
 * The activation that a layer has within itself, behind what it computes.
 *
 * @throws Failure for one that ONNX cannot be told
 */
export function withActivation({ layer, writer, isEnding }: LayerUse, value: Value): Value {
  const { activation } = settingsOf<{ activation?: { getClassName(): string } | null }>(layer);
  if (isEnding || !activation) return value;
  return activate(writer, layer.name, value, activation.getClassName());
}

/** An activation by its name in tfjs. */
export function activate(writer: Writer, layer: string, value: Value, activation: string): Value {
  if (activation === 'linear') return value;
  const make = Object.hasOwn(activations, activation) ? activations[activation] : undefined;
  if (!make) {
    throw new Failure(`layer '${layer}': its activation '${activation}' cannot be written as ONNX`);
  }
  // A softmax sees the axes, all others only single values.
  const ready = settled(writer, value, /softmax/i.test(activation) ? undefined : 'flattened');
  return { ...ready, name: make(writer, layer, ready), nonNegative: positive.has(activation) };
}

const positive = new Set(['relu', 'relu6', 'sigmoid', 'hardSigmoid', 'softplus', 'softmax']);

const activations: Record<string, (writer: Writer, layer: string, value: Value) => string> = {
  relu: node('Relu'),
  relu6: (writer, layer, { name }) => writer.node(layer, 'Clip', [name, writer.number(0), writer.number(6)]),
  elu: node('Elu', { alpha: { float: 1 } }),
  selu: node('Selu'),
  sigmoid: node('Sigmoid'),
  hardSigmoid: node('HardSigmoid', { alpha: { float: 0.2 }, beta: { float: 0.5 } }),
  softplus: node('Softplus'),
  softsign: node('Softsign'),
  tanh: node('Tanh'),
  softmax: overChannels('Softmax'),
  logSoftmax: overChannels('LogSoftmax'),
  swish: (writer, layer, { name }) =>
    writer.node(layer, 'Mul', [name, writer.node(layer, 'Sigmoid', [name])]),
  mish: (writer, layer, { name }) => {
    const softplus = writer.node(layer, 'Softplus', [name]);
    return writer.node(layer, 'Mul', [name, writer.node(layer, 'Tanh', [softplus])]);
  },
  gelu: (writer, layer, { name }) => {
    const scaled = writer.node(layer, 'Div', [name, writer.number(Math.SQRT2)]);
    return halfTimesOnePlus(writer, layer, name, writer.node(layer, 'Erf', [scaled]));
  },
  gelu_new: (writer, layer, { name }) => {
    const cube = writer.node(layer, 'Mul', [name, writer.node(layer, 'Mul', [name, name])]);
    const bent = writer.node(layer, 'Mul', [cube, writer.number(0.044715)]);
    const sum = writer.node(layer, 'Add', [name, bent]);
    const scaled = writer.node(layer, 'Mul', [sum, writer.number(Math.sqrt(2 / Math.PI))]);
    return halfTimesOnePlus(writer, layer, name, writer.node(layer, 'Tanh', [scaled]));
  },
};

/** x · (1 + y) / 2. */
function halfTimesOnePlus(writer: Writer, layer: string, x: string, y: string): string {
  const sum = writer.node(layer, 'Add', [y, writer.number(1)]);
  return writer.node(layer, 'Mul', [writer.node(layer, 'Mul', [x, sum]), writer.number(0.5)]);
}

function node(operator: string, attributes?: Attributes) {
  return (writer: Writer, layer: string, { name }: Value) => writer.node(layer, operator, [name], attributes);
}

function overChannels(operator: string) {
  return (writer: Writer, layer: string, { name, shape, order }: Value) =>
    writer.node(layer, operator, [name], { axis: order.indexOf(shape.length - 1) });
}
