import { layers } from '@tensorflow/tfjs-layers';
import { isTensor } from '../network.js';
import { constant, isBatch, type Attributes, type Value } from '../values.js';
import { elementType } from '../messages.js';
import { aligned, constantInput, input } from './arguments.js';
import type { Call, Handler, Handlers } from './handler.js';

type Activation = Parameters<typeof layers.activation>[0]['activation'];

/** An operator of one input that tfjs has as an activation. */
const activation =
  (name: string, operation: string): Handler =>
  (call) => {
    const x = input(call, 0);
    if (x.kind === 'constant') return unary(operation)(call);
    const layer = layers.activation({ name: call.network.name(call.node), activation: name as Activation });
    return { ...x, symbol: call.network.apply(layer, [x.symbol]) };
  };

const unary =
  (operation: string, attributes: (call: Call) => Attributes = () => ({})): Handler =>
  (call) => {
    const x = input(call, 0);
    return call.network.operation(call.node, operation, attributes(call), [x], x.shape);
  };

const several =
  (operation: string): Handler =>
  (call) => {
    const given = call.node.inputs.map((_, index) => input(call, index));
    if (operation === 'add' && given.length === 2) {
      const sum = addLayer(call, given as [Value, Value]);
      if (sum) return sum;
    }
    const { values, shape, order } = aligned(call.node, call.network, given);
    if (operation === 'pow' && values[0]!.kind === 'tensor' && isScalar(values[1]!, 2)) {
      return call.network.operation(call.node, 'square', {}, [values[0]!], shape, order);
    }
    return call.network.operation(call.node, operation, {}, values, shape, order);
  };

/** The sum of two tensors of one shape is tfjs's own layer, which whoever looks at networks knows. */
function addLayer({ node, network }: Call, given: [Value, Value]): Value | undefined {
  if (!given.every(isTensor) || given[0] === given[1]) return undefined;
  const { values, shape, order } = aligned(node, network, given);
  const [a, b] = values;
  if (a?.kind !== 'tensor' || b?.kind !== 'tensor' || a.symbol === b.symbol) return undefined;
  if (a.symbol.shape.join() !== b.symbol.shape.join()) return undefined;
  return {
    kind: 'tensor',
    shape,
    order: order!,
    symbol: network.apply(layers.add({ name: network.name(node) }), [a.symbol, b.symbol]),
  };
}

function isScalar(value: Value, wanted: number): boolean {
  if (value.kind === 'tensor' || value.parameter !== undefined || value.shape.some((size) => size !== 1))
    return false;
  return value.read()[0] === wanted;
}

const alpha =
  (otherwise: number) =>
  ({ node }: Call): Attributes => ({ alpha: node.float('alpha', otherwise) });

function clip(call: Call): Value {
  const limit = (index: number, name: string, otherwise: number) =>
    call.inputs[index] ? constantInput(call, index).read()[0]! : call.node.float(name, otherwise);
  const [min, max] = [limit(1, 'min', -3.4e38), limit(2, 'max', 3.4e38)];
  const x = input(call, 0);
  if (x.kind === 'tensor' && min === 0 && max === 6) {
    const layer = layers.activation({ name: call.network.name(call.node), activation: 'relu6' });
    return { ...x, symbol: call.network.apply(layer, [x.symbol]) };
  }
  return call.network.operation(
    call.node,
    'clip',
    { min: Math.max(min, -3.4e38), max: Math.min(max, 3.4e38) },
    [x],
    x.shape,
  );
}

const integerTypes: number[] = [elementType.INT32, elementType.INT64, elementType.INT8, elementType.UINT8];

function cast({ node, network, inputs, ...rest }: Call): Value {
  const x = input({ node, network, inputs, ...rest }, 0);
  const to = node.type === 'CastLike' ? typeLike(inputs[1]) : node.int('to');
  const integer = integerTypes.includes(to);
  if (x.kind === 'constant') {
    if (to === elementType.BOOL)
      return constant('bool', x.shape, x.items ?? Array.from(x.read(), (value) => Number(value !== 0)));
    if (x.items) {
      if (integer) return constant('int', x.shape, x.items);
      const onBatch = x.items.some(isBatch) ? { items: x.items } : {};
      return { kind: 'constant', type: 'float', shape: x.shape, read: () => x.read(), ...onBatch };
    }
    if (integer) return constant('int', x.shape, Array.from(x.read(), Math.trunc));
    return x;
  }
  if (to === elementType.BOOL) return network.operation(node, 'toBool', {}, [x], x.shape);
  return network.operation(node, integer ? 'truncate' : 'toFloat', {}, [x], x.shape);
}

// Of what depends on the image the type is not kept: it is taken as a number with a fraction.
function typeLike(value: Value | undefined): number {
  if (value?.kind !== 'constant' || value.type === 'float') return elementType.FLOAT;
  return value.type === 'int' ? elementType.INT64 : elementType.BOOL;
}

/** Operators that compute value by value. */
export const elementwise: Handlers = {
  Abs: unary('abs'),
  Acos: unary('acos'),
  Add: several('add'),
  And: several('and'),
  Asin: unary('asin'),
  Asinh: unary('asinh'),
  Atan: unary('atan'),
  Atanh: unary('atanh'),
  Cast: cast,
  CastLike: cast,
  Ceil: unary('ceil'),
  Celu: unary('celu', alpha(1)),
  Clip: clip,
  Cos: unary('cos'),
  Cosh: unary('cosh'),
  Div: several('div'),
  Dropout: (call) => input(call, 0),
  Elu: unary('elu', alpha(1)),
  Equal: several('equal'),
  Erf: unary('erf'),
  // TensorFlow's, which tf2onnx leaves as it is.
  Erfc: unary('erfc'),
  Exp: unary('exp'),
  Floor: unary('floor'),
  Gelu: unary('gelu', ({ node }) => ({ tanh: node.text('approximate', 'none') === 'tanh' })),
  Greater: several('greater'),
  GreaterOrEqual: several('greaterOrEqual'),
  HardSigmoid: unary('hardSigmoid', ({ node }) => ({
    alpha: node.float('alpha', 0.2),
    beta: node.float('beta', 0.5),
  })),
  HardSwish: unary('hardSwish'),
  Identity: (call) => {
    const x = input(call, 0);
    // The exporter merges equal parameters and names the copies by their own names.
    return x.kind === 'constant' && x.parameter !== undefined
      ? { ...x, parameter: call.node.outputs[0]! }
      : x;
  },
  IsInf: unary('isInf', ({ node }) => ({
    positive: node.int('detect_positive', 1) === 1,
    negative: node.int('detect_negative', 1) === 1,
  })),
  IsNaN: unary('isNaN'),
  LeakyRelu: unary('leakyRelu', alpha(0.01)),
  Less: several('less'),
  LessOrEqual: several('lessOrEqual'),
  Log: unary('log'),
  Max: several('max'),
  Mean: several('mean'),
  Min: several('min'),
  Mish: unary('mish'),
  Mod: (call) => several(call.node.int('fmod', 0) === 1 ? 'fmod' : 'mod')(call),
  Mul: several('mul'),
  Neg: unary('neg'),
  Not: unary('not'),
  Or: several('or'),
  PRelu: several('prelu'),
  Pow: several('pow'),
  Reciprocal: unary('reciprocal'),
  Relu: activation('relu', 'relu'),
  Round: unary('round'),
  Selu: unary('selu', ({ node }) => ({
    alpha: node.float('alpha', 1.67326319),
    gamma: node.float('gamma', 1.05070102),
  })),
  Sigmoid: activation('sigmoid', 'sigmoid'),
  Sign: unary('sign'),
  Sin: unary('sin'),
  Sinh: unary('sinh'),
  Softplus: unary('softplus'),
  Softsign: unary('softsign'),
  Sqrt: unary('sqrt'),
  Sub: several('sub'),
  Sum: several('add'),
  Swish: unary('swish', alpha(1)),
  Tan: unary('tan'),
  Tanh: activation('tanh', 'tanh'),
  ThresholdedRelu: unary('thresholdedRelu', alpha(1)),
  Where: several('where'),
  Xor: several('xor'),
};
