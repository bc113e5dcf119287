import { elementType } from '../../../onnx/index.js';
import { activate } from '../activations.js';
import { ordered, settled } from '../arrange.js';
import { plainOrder, type Value } from '../value.js';
import type { Attributes } from '../writer.js';
import {
  isConstant,
  node,
  number,
  valueOf,
  written,
  type OperationCall,
  type OperationExport,
  type OperationExports,
} from './call.js';

/** All arguments with their axes in one order. */
export function alignedArguments(call: OperationCall): { names: string[]; order: readonly number[] } {
  const { writer, shape } = call.use;
  const rank = shape.length;
  const values = call.arguments.filter((each): each is Value => !isConstant(each));
  const full = call.arguments.every(({ shape }) => shape.length === rank || shape.length === 0);
  const count = ({ shape }: Value) => shape.reduce<number>((product, size) => product * (size ?? 1), 1);
  const [largest] = [...values].sort((a, b) => count(b) - count(a));
  const order = full && largest ? settled(writer, largest).order : plainOrder(shape);
  const names = call.arguments.map((argument) => {
    if (!isConstant(argument)) {
      const own = argument.shape.length === rank ? order : plainOrder(argument.shape);
      return settled(writer, ordered(writer, settled(writer, argument), own)).name;
    }
    return written(call, argument, argument.shape.length === rank ? order : undefined);
  });
  return { names, order };
}

const unary =
  (operator: string, attributes: (call: OperationCall) => Attributes = () => ({})): OperationExport =>
  (call) => {
    const value = valueOf(call, 0, 'flattened');
    return { ...value, name: node(call, operator, [value.name], attributes(call)), nonNegative: false };
  };

const float =
  (...names: string[]) =>
  (call: OperationCall): Attributes =>
    Object.fromEntries(names.map((name) => [name, { float: number(call, name) }]));

const several =
  (operator: string, attributes?: Attributes): OperationExport =>
  (call) => {
    const { names, order } = alignedArguments(call);
    const pairs = ['Add', 'Mul'].includes(operator) && names.length > 2;
    const name = pairs
      ? names.reduce((sum, next) => node(call, operator, [sum, next]))
      : node(call, operator, names, attributes);
    return { name, shape: call.use.shape, order };
  };

const asBool = (call: OperationCall, name: string) => node(call, 'Cast', [name], { to: elementType.BOOL });

/** Operators on truths; what is none becomes one first. */
const logical =
  (operator: string): OperationExport =>
  (call) => {
    const { names, order } = alignedArguments(call);
    return {
      name: node(
        call,
        operator,
        names.map((name) => asBool(call, name)),
      ),
      shape: call.use.shape,
      order,
    };
  };

const activation =
  (name: string): OperationExport =>
  (call) =>
    activate(call.use.writer, call.use.layer.name, valueOf(call, 0, 'flattened'), name);

const cast =
  (...types: ('own' | 'BOOL' | 'INT64')[]): OperationExport =>
  (call) => {
    const value = valueOf(call, 0, 'flattened');
    const own = call.use.writer.precision === 'float16' ? elementType.FLOAT16 : elementType.FLOAT;
    const name = types.reduce(
      (given, type) => node(call, 'Cast', [given], { to: type === 'own' ? own : elementType[type] }),
      value.name,
    );
    return { ...value, name, nonNegative: false };
  };

function clip(call: OperationCall): Value {
  const value = valueOf(call, 0, 'flattened');
  const most = call.use.writer.precision === 'float16' ? 65504 : Infinity;
  const [low, high] = ['min', 'max'].map((name) =>
    call.use.writer.number(Math.min(Math.max(number(call, name), -most), most)),
  );
  return {
    ...value,
    name: node(call, 'Clip', [value.name, low!, high!]),
    nonNegative: number(call, 'min') >= 0,
  };
}

function square(call: OperationCall): Value {
  const value = valueOf(call, 0, 'flattened');
  return { ...value, name: node(call, 'Mul', [value.name, value.name]), nonNegative: true };
}

function swish(call: OperationCall): Value {
  const value = valueOf(call, 0, 'flattened');
  const alpha = number(call, 'alpha');
  const inner = alpha === 1 ? value.name : node(call, 'Mul', [value.name, call.use.writer.number(alpha)]);
  const name = node(call, 'Mul', [value.name, node(call, 'Sigmoid', [inner])]);
  return { ...value, name, nonNegative: false };
}

/** a − b · floor(a / b): ONNX's own Mod of fractions has the sign of a. */
function mod(call: OperationCall): Value {
  const { names, order } = alignedArguments(call);
  const [a, b] = names as [string, string];
  const whole = node(call, 'Floor', [node(call, 'Div', [a, b])]);
  return { name: node(call, 'Sub', [a, node(call, 'Mul', [b, whole])]), shape: call.use.shape, order };
}

function where(call: OperationCall): Value {
  const { names, order } = alignedArguments(call);
  const [condition, a, b] = names as [string, string, string];
  return { name: node(call, 'Where', [asBool(call, condition), a, b]), shape: call.use.shape, order };
}

/** A value in float32, for operators that opset 17 does not have in float16. */
const single = (call: OperationCall, name: string): string =>
  call.use.writer.precision === 'float16' ? node(call, 'Cast', [name], { to: elementType.FLOAT }) : name;

function celu(call: OperationCall): Value {
  const value = valueOf(call, 0, 'flattened');
  const found = node(call, 'Celu', [single(call, value.name)], float('alpha')(call));
  const isHalf = call.use.writer.precision === 'float16';
  const name = isHalf ? node(call, 'Cast', [found], { to: elementType.FLOAT16 }) : found;
  return { ...value, name, nonNegative: false };
}

function isInf(call: OperationCall): Value {
  const value = valueOf(call, 0, 'flattened');
  const name = node(call, 'IsInf', [single(call, value.name)], {
    detect_positive: Number(call.attributes['positive']),
    detect_negative: Number(call.attributes['negative']),
  });
  return { ...value, name, nonNegative: false };
}

/** What is computed value by value. */
export const elementwise: OperationExports = {
  abs: unary('Abs'),
  acos: unary('Acos'),
  add: several('Add'),
  and: logical('And'),
  asin: unary('Asin'),
  asinh: unary('Asinh'),
  atan: unary('Atan'),
  atanh: unary('Atanh'),
  ceil: unary('Ceil'),
  celu,
  clip,
  cos: unary('Cos'),
  cosh: unary('Cosh'),
  div: several('Div'),
  elu: unary('Elu', float('alpha')),
  equal: several('Equal'),
  erf: unary('Erf'),
  erfc: (call) => {
    const value = valueOf(call, 0, 'flattened');
    const erf = node(call, 'Erf', [value.name]);
    return { ...value, name: node(call, 'Sub', [call.use.writer.number(1), erf]), nonNegative: true };
  },
  exp: unary('Exp'),
  floor: unary('Floor'),
  fmod: several('Mod', { fmod: 1 }),
  gelu: (call) => activation(call.attributes['tanh'] ? 'gelu_new' : 'gelu')(call),
  greater: several('Greater'),
  greaterOrEqual: several('GreaterOrEqual'),
  hardSigmoid: unary('HardSigmoid', float('alpha', 'beta')),
  hardSwish: unary('HardSwish'),
  identity: (call) => valueOf(call, 0, 'flattened'),
  isInf,
  isNaN: unary('IsNaN'),
  leakyRelu: unary('LeakyRelu', float('alpha')),
  less: several('Less'),
  lessOrEqual: several('LessOrEqual'),
  log: unary('Log'),
  max: several('Max'),
  mean: several('Mean'),
  min: several('Min'),
  mish: activation('mish'),
  mod,
  mul: several('Mul'),
  neg: unary('Neg'),
  not: logical('Not'),
  or: logical('Or'),
  pow: several('Pow'),
  prelu: several('PRelu'),
  reciprocal: unary('Reciprocal'),
  relu: activation('relu'),
  round: unary('Round'),
  selu: unary('Selu', float('alpha', 'gamma')),
  sigmoid: activation('sigmoid'),
  sign: unary('Sign'),
  sin: unary('Sin'),
  sinh: unary('Sinh'),
  softplus: unary('Softplus'),
  softsign: unary('Softsign'),
  sqrt: unary('Sqrt'),
  square,
  sub: several('Sub'),
  swish,
  tan: unary('Tan'),
  tanh: unary('Tanh'),
  thresholdedRelu: unary('ThresholdedRelu', float('alpha')),
  toBool: cast('BOOL'),
  toFloat: cast('own'),
  truncate: cast('INT64', 'own'),
  where,
  xor: logical('Xor'),
};
