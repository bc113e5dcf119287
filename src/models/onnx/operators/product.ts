import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import {
  isBatch,
  batchAxis,
  number,
  sameSize,
  shapeText,
  type Constant,
  type Size,
  type Tensor,
  type Value,
} from '../values.js';
import type { Node } from '../node.js';
import { aligned, input } from './arguments.js';
import { reshaped } from './reshaped.js';
import type { Call, Handlers } from './handler.js';

/**
 * A dense layer over the last axis.
 *
 * @param kernel reads [inputs, units]
 * @param named the constants that may give it its name
 */
export function denseLayer(
  { node, network }: Call,
  x: Tensor,
  units: number,
  kernel: () => tf.Tensor,
  bias: Constant | undefined,
  named: (Value | undefined)[],
): Tensor['symbol'] {
  const name = network.name(node, [...named, bias]);
  const layer = layers.dense({ name, units, useBias: bias !== undefined });
  return network.apply(layer, [x.symbol], [kernel, ...(bias ? [() => tf.tensor1d(bias.read())] : [])]);
}

/** The same with its factors multiplied into what it multiplies and adds. */
function scaled({ node, inputs, ...rest }: Call, alpha: number, beta: number): Call {
  const times = (value: Value | undefined, factor: number) =>
    value && factor !== 1
      ? rest.network.operation(node, 'mul', {}, [value, number(factor)], value.shape)
      : value;
  const float: Node['float'] = (name, otherwise) =>
    name === 'alpha' || name === 'beta' ? 1 : node.float(name, otherwise);
  const [a, b, c] = inputs;
  return { ...rest, node: { ...node, float }, inputs: [times(a, alpha), b, times(c, beta)] };
}

function gemm(call: Call): Value {
  const { node, network, inputs } = call;
  const [a, b] = [input(call, 0), input(call, 1)];
  const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)];
  const plain = node.int('transA', 0) === 0;
  if (plain && (alpha !== 1 || (beta !== 1 && inputs[2]))) return gemm(scaled(call, alpha, beta));
  const bias = inputs[2];
  const flat = bias === undefined || (bias.kind === 'constant' && bias.shape.length === 1);
  if (a.kind === 'constant' && b.kind === 'constant' && alpha === 1 && beta === 1) {
    const attributes = { transposeA: !plain, transposeB: node.int('transB', 0) === 1 };
    return plus(call, network.operation(node, 'matMul', attributes, [a, b], []), bias);
  }
  if (a.kind !== 'tensor' || b.kind !== 'constant' || !plain || batchAxis(a) !== 0 || b.shape.length !== 2) {
    throw node.refuse('is no linear layer of the image with weights');
  }
  const flipped = node.int('transB', 0) === 1;
  if (b.made) {
    const turned = flipped ? network.operation(node, 'transpose', { order: [1, 0] }, [b], []) : b;
    return plus(call, batched(call, a, turned), bias);
  }
  const placed = network.place(a, [0, 1]);
  const [from, units] = flipped ? [b.shape[1]!, b.shape[0]!] : (b.shape as [number, number]);
  if (a.shape[1] !== from) throw node.refuse(`multiplies ${shapeText(a.shape)} with ${shapeText(b.shape)}`);
  const kernel = () => (flipped ? tf.transpose(tf.tensor(b.read(), b.shape)) : tf.tensor(b.read(), b.shape));
  const own =
    flat && (bias === undefined || bias.shape[0] === units) ? (bias as Constant | undefined) : undefined;
  const y: Tensor = {
    kind: 'tensor',
    shape: [a.shape[0]!, units],
    order: [0, 1],
    symbol: denseLayer(call, placed, units, kernel, own, [b]),
  };
  return plus(call, y, own ? undefined : bias);
}

export function matMul(call: Call): Value {
  const { node, network } = call;
  const [a, b] = [input(call, 0), input(call, 1)];
  const { bias } = call as Call & { bias?: Constant };
  if (a.kind === 'tensor' && b.kind === 'constant' && b.shape.length === 2 && !b.made) {
    const last = a.shape.length - 1;
    const [from, units] = b.shape as [number, number];
    if (a.shape[last] !== from)
      throw node.refuse(`multiplies ${shapeText(a.shape)} with ${shapeText(b.shape)}`);
    const order = [...a.order.filter((axis) => axis !== last), last];
    const placed = network.place(a, order);
    const symbol = denseLayer(call, placed, units, () => tf.tensor(b.read(), b.shape), bias, [b]);
    return { kind: 'tensor', shape: [...a.shape.slice(0, -1), units], order, symbol };
  }
  return plus(call, batched(call, a, b), bias);
}

function plus({ node, network }: Call, product: Value, bias: Value | undefined): Value {
  if (!bias) return product;
  const { values, shape, order } = aligned(node, network, [product, bias]);
  return network.operation(node, 'add', {}, values, shape, order);
}

/** Products of matrices, of which at least one depends on the image; a transposed one need not be moved. */
export function batched(call: Call, a: Value, b: Value): Value {
  const { node, network } = call;
  if (a.kind === 'constant' && b.kind === 'constant')
    return network.operation(node, 'matMul', { transposeA: false, transposeB: false }, [a, b], []);
  const rank = Math.max(a.shape.length, b.shape.length);
  if (Math.min(a.shape.length, b.shape.length) < 2)
    throw node.refuse(`multiplies ${shapeText(a.shape)} with ${shapeText(b.shape)}`);
  const [left, right] = [a, b].map((value) =>
    value.shape.length === rank
      ? value
      : reshaped(call, value, [...new Array<Size>(rank - value.shape.length).fill(1), ...value.shape]),
  ) as [Value, Value];
  const [m, k] = [rank - 2, rank - 1];
  if (
    !sameSize(left.shape[k]!, right.shape[m]!) ||
    [left, right].some(({ shape }) => shape.slice(m).some(isBatch))
  ) {
    throw node.refuse(`multiplies ${shapeText(a.shape)} with ${shapeText(b.shape)}`);
  }
  const first = [left, right].find((value) => value.kind === 'tensor')!;
  const axis = batchAxis(first);
  const outer = [axis, ...Array.from({ length: rank - 2 }, (_, at) => at).filter((at) => at !== axis)];
  const arrange = (value: Value): { value: Value; flipped: boolean } => {
    if (value.kind === 'constant') {
      const order = [...outer, m, k];
      const same = order.every((from, at) => from === at);
      return {
        value: same ? value : network.operation(node, 'transpose', { order }, [value], []),
        flipped: false,
      };
    }
    if (batchAxis(value) !== axis) throw node.refuse('combines different images of a batch');
    const swapped = [...outer, k, m];
    if (value.order.join() === swapped.join()) return { value, flipped: true };
    return { value: network.place(value, [...outer, m, k]), flipped: false };
  };
  const [one, two] = [arrange(left), arrange(right)];
  const shape = left.shape.map((size, at): Size => {
    if (at === m) return size;
    if (at === k) return right.shape[k]!;
    const other = right.shape[at]!;
    if (size !== 1 && other !== 1 && !sameSize(size, other))
      throw node.refuse(`multiplies ${shapeText(a.shape)} with ${shapeText(b.shape)}`);
    return size === 1 ? other : size;
  });
  const attributes = { transposeA: one.flipped, transposeB: two.flipped };
  return network.operation(node, 'matMul', attributes, [one.value, two.value], shape, [...outer, m, k]);
}

/** Operators that multiply matrices. */
export const product: Handlers = { Gemm: gemm, MatMul: matMul };
