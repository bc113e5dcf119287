import { isTensor } from '../network.js';
import { number, shapeText, type Constant, type Size, type Value } from '../values.js';
import { aligned, axisInMemory, input } from './arguments.js';
import { turned } from './arrange.js';
import type { Call, Handlers } from './handler.js';
import { batched } from './product.js';
import { reshaped } from './reshaped.js';

// What a masked score gets: its exponential is 0, and no sum with another score is infinite.
const nothing = -1e30;

/**
 * Attention of opset 23 and later: queries, keys and values [N, heads, length, size], or [N, length, heads · size].
 *
 * @see https://onnx.ai/onnx/operators/onnx__Attention.html
 */
function attend(call: Call): Value {
  const { node, network, inputs } = call;
  if (
    inputs.slice(4).some((value) => value !== undefined) ||
    node.outputs.slice(1).some((name) => name !== '')
  )
    throw node.refuse('keeps keys and values from call to call, which is not done');
  const flat = input(call, 0).shape.length === 3;
  const [queries, keys, values] = ['q_num_heads', 'kv_num_heads', 'kv_num_heads'].map((count, index) =>
    split(call, input(call, index), flat ? node.int(count) : 0),
  ) as [Value, Value, Value];
  const heads = queries.shape[1] as number;
  const [k, v] = [repeated(call, keys, heads), repeated(call, values, heads)];
  const size = queries.shape[3] as number;
  const scale = node.float('scale', 1 / Math.sqrt(size));
  const scaled = network.operation(node, 'mul', {}, [queries, number(scale)], queries.shape);
  let scores = batched(call, scaled, turned(call, k, [0, 1, 3, 2]));
  const cap = node.float('softcap', 0);
  if (cap > 0) {
    const step = (operation: string, ...of: Value[]) =>
      network.operation(node, operation, {}, of, scores.shape);
    scores = step('mul', step('tanh', step('div', scores, number(cap))), number(cap));
  }
  scores = plus(call, scores, inputs[3] && additive(call, inputs[3]));
  if (node.int('is_causal', 0) === 1) scores = plus(call, scores, causal(scores));
  const axis = axisInMemory(call, scores, 3);
  const weights = network.operation(node, 'softmax', { axis }, [scores], scores.shape);
  const mixed = batched(call, weights, v);
  if (!flat) return mixed;
  const [n, , length, each] = mixed.shape as [Size, number, number, number];
  return reshaped(call, turned(call, mixed, [0, 2, 1, 3]), [n, length, heads * each]);
}

/** [N, length, heads · size] as [N, heads, length, size]. */
function split(call: Call, x: Value, heads: number): Value {
  if (x.shape.length === 4) return x;
  const [n, length, width] = x.shape as [Size, number, number];
  if (!(width % heads === 0)) throw call.node.refuse(`divides ${shapeText(x.shape)} among ${heads} heads`);
  return turned(call, reshaped(call, x, [n, length, heads, width / heads]), [0, 2, 1, 3]);
}

/** Keys or values that several heads share, once for each head. */
function repeated(call: Call, x: Value, heads: number): Value {
  const [n, own, length, size] = x.shape as [Size, number, number, number];
  if (own === heads) return x;
  if (!(heads % own === 0)) throw call.node.refuse(`has ${heads} heads of queries for ${own} of keys`);
  const each = heads / own;
  const apart = reshaped(call, x, [n, own, 1, length, size]);
  const shape = [n, own, each, length, size];
  const order = isTensor(apart) ? apart.order : [0, 1, 2, 3, 4];
  const wanted = order.map((axis) => (axis === 2 ? each : -1));
  const spread = call.network.operation(call.node, 'expand', { shape: wanted }, [apart], shape, order);
  return reshaped(call, spread, [n, heads, length, size]);
}

function plus({ node, network }: Call, scores: Value, mask: Value | undefined): Value {
  if (!mask) return scores;
  const { values, shape, order } = aligned(node, network, [scores, mask]);
  return network.operation(node, 'add', {}, values, shape, order);
}

/** A mask of truths, or one that is added, as one that is added. */
function additive({ node, network }: Call, mask: Value): Value {
  if (mask.kind === 'tensor' || mask.type !== 'bool') return mask;
  return network.operation(node, 'where', {}, [mask, number(0), number(nothing)], mask.shape);
}

/** No query sees a key behind it. */
function causal({ shape }: Value): Constant {
  const [rows, columns] = shape.slice(2) as [number, number];
  const read = () =>
    Float32Array.from({ length: rows * columns }, (_, at) =>
      at % columns > Math.floor(at / columns) ? nothing : 0,
    );
  return { kind: 'constant', type: 'float', shape: [rows, columns], read };
}

/** Attention as one operator. */
export const attention: Handlers = { Attention: attend };
