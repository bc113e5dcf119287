import { ordered } from '../arrange.js';
import { plainOrder, type Value } from '../value.js';
import {
  isConstant,
  node,
  number,
  numbers,
  valueOf,
  widened,
  written,
  type Constant,
  type OperationCall,
  type OperationExports,
} from './call.js';

/** Means over the axes, wherever they are; scale and offset in the same order. */
function standardized(call: OperationCall, centers: boolean): Value {
  const { writer, shape } = call.use;
  const value = valueOf(call, 0);
  const axes = numbers(call, 'axes').map((axis) => value.order.indexOf(axis));
  const over = { axes: [...axes].sort((a, b) => a - b), keepdims: 1 };
  const mean = (name: string) => node(call, 'ReduceMean', [name], over);
  const centered = centers ? node(call, 'Sub', [value.name, mean(value.name)]) : value.name;
  const square = mean(node(call, 'Mul', [centered, centered]));
  const size = node(call, 'Sqrt', [node(call, 'Add', [square, writer.number(number(call, 'epsilon'))])]);
  const name = affine(call, value, node(call, 'Div', [centered, size]));
  return { name, shape, order: value.order };
}

/** Times the second argument, plus the third. */
function affine(call: OperationCall, { shape, order }: Value, name: string): string {
  const [, scale, offset] = call.arguments;
  const as = (argument: Constant) => written(call, widened(argument, shape.length), order);
  const scaled = isConstant(scale) ? node(call, 'Mul', [name, as(scale)]) : name;
  return isConstant(offset) ? node(call, 'Add', [scaled, as(offset)]) : scaled;
}

function layerNorm(call: OperationCall): Value {
  const { writer, shape, layer } = call.use;
  const value = valueOf(call, 0);
  const rank = shape.length;
  const axes = numbers(call, 'axes');
  const [, scale, offset] = call.arguments;
  const areLast = axes.every((axis, index) => value.order[rank - axes.length + index] === axis);
  if (!areLast || (offset && !scale)) return standardized(call, true);
  const sizes = axes.map((axis) => shape[axis]!);
  const count = sizes.reduce((product, size) => product * size, 1);
  const ones = () => writer.weight(`${layer.name}.weight`, sizes, new Float32Array(count).fill(1));
  const weights = [
    isConstant(scale) ? written(call, { ...scale, label: 'weight' }) : ones(),
    ...(isConstant(offset) ? [written(call, { ...offset, label: 'bias' })] : []),
  ];
  const attributes = { axis: -axes.length, epsilon: { float: number(call, 'epsilon') } };
  return {
    name: node(call, 'LayerNormalization', [value.name, ...weights], attributes),
    shape,
    order: value.order,
  };
}

/** By instance norm of the groups as channels. */
function groupNorm(call: OperationCall): Value {
  const { writer, shape, layer } = call.use;
  const rank = shape.length;
  const channelsFirst = [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 1)];
  const value = ordered(writer, valueOf(call, 0), channelsFirst);
  const groups = number(call, 'groups');
  const split = node(call, 'Reshape', [value.name, writer.integers([0, groups, -1])]);
  const fill = (name: string, each: number) =>
    writer.weight(`${layer.name}.${name}`, [groups], new Float32Array(groups).fill(each));
  const inputs = [split, fill('ones', 1), fill('zeros', 0)];
  const normal = node(call, 'InstanceNormalization', inputs, { epsilon: { float: number(call, 'epsilon') } });
  const sizes = channelsFirst.map((axis) => (axis === 0 ? 0 : (shape[axis] ?? -1)));
  const whole = node(call, 'Reshape', [normal, writer.integers(sizes)]);
  return { name: affine(call, value, whole), shape, order: value.order };
}

function localResponse(call: OperationCall): Value {
  const { writer, shape } = call.use;
  const value = ordered(writer, valueOf(call, 0), [0, 3, 1, 2]);
  const size = 2 * number(call, 'radius') + 1;
  const attributes = {
    size,
    alpha: { float: number(call, 'alpha') * size },
    beta: { float: number(call, 'beta') },
    bias: { float: number(call, 'bias') },
  };
  return { name: node(call, 'LRN', [value.name], attributes), shape, order: value.order };
}

function alongAxis(operator: string, more: (call: OperationCall) => Record<string, number> = () => ({})) {
  return (call: OperationCall): Value => {
    const value = valueOf(call, 0);
    const axis = value.order.indexOf(number(call, 'axis'));
    return {
      name: node(call, operator, [value.name], { axis, ...more(call) }),
      shape: call.use.shape,
      order: value.order,
    };
  };
}

/** What brings values to a common scale. */
export const normalize: OperationExports = {
  groupNorm,
  layerNorm,
  localResponse,
  logSoftmax: alongAxis('LogSoftmax'),
  lpNorm: alongAxis('LpNormalization', (call) => ({ p: number(call, 'power') })),
  rmsNorm: (call) => standardized(call, false),
  softmax: alongAxis('Softmax'),
};

/** Products of matrices: the last two axes, all before them broadcast. */
export const product: OperationExports = {
  matMul: (call) => {
    const { writer, shape } = call.use;
    const names = call.arguments.map((argument, index) => {
      const flipped = call.attributes[index === 0 ? 'transposeA' : 'transposeB'] === true;
      const order = plainOrder(argument.shape);
      if (flipped) order.push(order.splice(-2, 1)[0]!);
      if (isConstant(argument)) return written(call, argument, order);
      return ordered(writer, valueOf(call, index), order).name;
    });
    return { name: node(call, 'MatMul', names), shape, order: plainOrder(shape) };
  },
};
