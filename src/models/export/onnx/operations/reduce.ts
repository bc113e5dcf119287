import { elementType } from '../../../onnx/index.js';
import {
  node,
  number,
  numbers,
  valueOf,
  type OperationCall,
  type OperationExport,
  type OperationExports,
} from './call.js';
import type { Value } from '../value.js';

/** A value that has lost axes, or has 1 in their places. */
function without(call: OperationCall, value: Value, axes: number[], name: string): Value {
  const { shape } = call.use;
  if (call.attributes['keep']) return { name, shape, order: value.order };
  const left = value.order.filter((axis) => !axes.includes(axis));
  const order = left.map((axis) => axis - axes.filter((gone) => gone < axis).length);
  return { name, shape, order };
}

const over =
  (operator: string): OperationExport =>
  (call) => {
    const value = valueOf(call, 0);
    const axes = numbers(call, 'axes');
    const places = axes.map((axis) => value.order.indexOf(axis)).sort((a, b) => a - b);
    const keepdims = Number(call.attributes['keep']);
    // Of all reductions the sum alone takes its axes as an input in opset 17.
    const name =
      operator === 'ReduceSum'
        ? node(call, operator, [value.name, call.use.writer.integers(places)], { keepdims })
        : node(call, operator, [value.name], { axes: places, keepdims });
    return without(call, value, axes, name);
  };

const extreme =
  (operator: 'ArgMax' | 'ArgMin'): OperationExport =>
  (call) => {
    const value = valueOf(call, 0);
    const axis = number(call, 'axis');
    const found = node(call, operator, [value.name], {
      axis: value.order.indexOf(axis),
      keepdims: Number(call.attributes['keep']),
      select_last_index: Number(call.attributes['last'] ?? false),
    });
    return without(call, value, [axis], asNumbers(call, found));
  };

const top =
  (output: 0 | 1): OperationExport =>
  (call) => {
    const { layer, writer, shape } = call.use;
    const value = valueOf(call, 0);
    const names = [0, 1].map((index) => `${layer.name}/TopK/${index}`);
    writer.nodes.push({
      name: `${layer.name}/TopK`,
      op_type: 'TopK',
      input: [value.name, writer.integers([number(call, 'count')])],
      output: names,
      attribute: [
        { name: 'axis', type: 2, i: value.order.indexOf(shape.length - 1) },
        { name: 'largest', type: 2, i: Number(call.attributes['largest']) },
      ],
    });
    const name = output === 0 ? names[0]! : asNumbers(call, names[1]!);
    return { name, shape, order: value.order };
  };

function asNumbers(call: OperationCall, name: string): string {
  const to = call.use.writer.precision === 'float16' ? elementType.FLOAT16 : elementType.FLOAT;
  return node(call, 'Cast', [name], { to });
}

function cumSum(call: OperationCall): Value {
  const value = valueOf(call, 0);
  const axis = call.use.writer.integers([value.order.indexOf(number(call, 'axis'))]);
  const attributes = {
    exclusive: Number(call.attributes['exclusive']),
    reverse: Number(call.attributes['reverse']),
  };
  return { ...value, name: node(call, 'CumSum', [value.name, axis], attributes), nonNegative: false };
}

/** What makes one value of many. */
export const reduce: OperationExports = {
  argMax: extreme('ArgMax'),
  argMin: extreme('ArgMin'),
  cumSum,
  reduceMax: over('ReduceMax'),
  reduceMean: over('ReduceMean'),
  reduceMin: over('ReduceMin'),
  reduceProd: over('ReduceProd'),
  reduceSum: over('ReduceSum'),
  reduceAbsSum: over('ReduceL1'),
  reduceLogSum: over('ReduceLogSum'),
  reduceLogSumExp: over('ReduceLogSumExp'),
  reduceNorm: over('ReduceL2'),
  reduceSquareSum: over('ReduceSumSquare'),
  topIndices: top(1),
  topValues: top(0),
};
