import { reshaped } from './reshaped.js';
import { axisInMemory, axisOf, constantInput, input, numbers, tensorInput } from './arguments.js';
import { layers } from '@tensorflow/tfjs-layers';
import { constant, isBatch, type Size, type Value } from '../values.js';
import type { Call, Handler, Handlers } from './handler.js';

/** What is left of a reduction over no axes. */
const ofOne: Record<string, string> = {
  reduceAbsSum: 'abs',
  reduceNorm: 'abs',
  reduceSquareSum: 'square',
  reduceLogSum: 'log',
};

const reduction =
  (operation: string): Handler =>
  (call) => {
    const { node, network } = call;
    const x = input(call, 0);
    const rank = x.shape.length;
    const given = numbers(call, 1, 'axes');
    if (!given?.length && node.int('noop_with_empty_axes', 0) === 1) {
      const alone = ofOne[operation];
      return alone === undefined ? x : network.operation(node, alone, {}, [x], x.shape);
    }
    const axes = (given?.length ? given : [...x.shape.keys()]).map((axis) => axisOf(call, axis, rank));
    const keep = node.int('keepdims', 1) === 1;
    if (x.kind === 'constant') {
      if (x.items && operation === 'reduceProd') return productOf(x.items, keep ? x.shape.map(() => 1) : []);
      const shape = x.shape.flatMap((size, axis) => (!axes.includes(axis) ? [size] : keep ? [1] : []));
      return network.operation(node, operation, { axes, keep }, [x], shape);
    }
    const shape = x.shape.map((size, axis): Size => (axes.includes(axis) ? 1 : size));
    const left = keep ? shape : x.shape.filter((_, axis) => !axes.includes(axis));
    const spatial =
      rank === 4 && x.order.join() === '0,2,3,1' && [...axes].sort((a, b) => a - b).join() === '2,3';
    // Global average pooling, by which maps know the network's end.
    if (operation === 'reduceMean' && spatial) return reshaped(call, globalPool(call, 'average'), left);
    const places = axes.map((axis) => axisInMemory(call, x, axis));
    const kept = network.operation(node, operation, { axes: places, keep: true }, [x], shape);
    return keep ? kept : reshaped(call, kept, left);
  };

function productOf(items: Size[], shape: number[]): Value {
  const batches = items.filter(isBatch);
  const count = items.reduce<number>((product, item) => product * (isBatch(item) ? item.batches : item), 1);
  return constant('int', shape, [batches.length > 0 ? { batches: count } : count]);
}

/** Pooling over the whole picture, [N, C, H, W] to [N, C, 1, 1]. */
export function globalPool(call: Call, kind: 'average' | 'max'): Value {
  const { node, network } = call;
  const x = tensorInput(call, 0);
  if (x.shape.length !== 4) {
    const axes = x.shape.flatMap((_, axis) => (axis > 1 ? [axisInMemory(call, x, axis)] : []));
    const shape = x.shape.map((size, axis) => (axis > 1 ? 1 : size));
    return network.operation(
      node,
      kind === 'max' ? 'reduceMax' : 'reduceMean',
      { axes, keep: true },
      [x],
      shape,
    );
  }
  const placed = network.place(x, [0, 2, 3, 1]);
  const name = network.name(node);
  const layer =
    kind === 'max' ? layers.globalMaxPooling2d({ name }) : layers.globalAveragePooling2d({ name });
  const pooled: Value = {
    kind: 'tensor',
    shape: x.shape.slice(0, 2),
    order: [0, 1],
    symbol: network.apply(layer, [placed.symbol]),
  };
  return reshaped(call, pooled, [...x.shape.slice(0, 2), 1, 1]);
}

const extreme =
  (operation: 'argMax' | 'argMin'): Handler =>
  (call) => {
    const { node, network } = call;
    const x = input(call, 0);
    const axis = axisOf(call, node.int('axis', 0), x.shape.length);
    const shape = x.shape.map((size, at) => (at === axis ? 1 : size));
    const kept = network.operation(
      node,
      operation,
      { axis: axisInMemory(call, x, axis), keep: true, last: node.int('select_last_index', 0) === 1 },
      [x],
      shape,
    );
    if (node.int('keepdims', 1) === 1) return kept;
    return reshaped(
      call,
      kept,
      x.shape.filter((_, at) => at !== axis),
    );
  };

function topK(call: Call): Value[] {
  const { node, network } = call;
  const x = tensorInput(call, 0);
  const axis = axisOf(call, node.int('axis', -1), x.shape.length);
  const [count] = numbers(call, 1, 'k') ?? [];
  if (!(count! <= (x.shape[axis] as number)))
    throw node.refuse(`takes the ${count} largest of ${x.shape[axis] as number}`);
  const order = [...x.order.filter((each) => each !== axis), axis];
  const shape = x.shape.map((size, at) => (at === axis ? count! : size));
  const attributes = { count: count!, largest: node.int('largest', 1) === 1 };
  const placed = network.place(x, order);
  return ['topValues', 'topIndices'].map((operation) =>
    network.operation(node, operation, attributes, [placed], shape, order),
  );
}

function cumSum(call: Call): Value {
  const { node, network } = call;
  const x = input(call, 0);
  const axis = axisOf(call, constantInput(call, 1).read()[0]!, x.shape.length);
  const attributes = {
    axis: axisInMemory(call, x, axis),
    exclusive: node.int('exclusive', 0) === 1,
    reverse: node.int('reverse', 0) === 1,
  };
  return network.operation(node, 'cumSum', attributes, [x], x.shape);
}

/** Operators that make one value of many, or a sum of all before it. */
export const reduce: Handlers = {
  ArgMax: extreme('argMax'),
  ArgMin: extreme('argMin'),
  CumSum: cumSum,
  GlobalAveragePool: (call) => globalPool(call, 'average'),
  GlobalMaxPool: (call) => globalPool(call, 'max'),
  ReduceL1: reduction('reduceAbsSum'),
  ReduceL2: reduction('reduceNorm'),
  ReduceLogSum: reduction('reduceLogSum'),
  ReduceLogSumExp: reduction('reduceLogSumExp'),
  ReduceMax: reduction('reduceMax'),
  ReduceMean: reduction('reduceMean'),
  ReduceMin: reduction('reduceMin'),
  ReduceProd: reduction('reduceProd'),
  ReduceSum: reduction('reduceSum'),
  ReduceSumSquare: reduction('reduceSquareSum'),
  TopK: topK,
};
