import { layers } from '@tensorflow/tfjs-layers';
import { isTensor } from '../network.js';
import { batchAxis, isBatch, sameSize, shapeText, type Size, type Tensor, type Value } from '../values.js';
import { axisInMemory, axisOf, input, integers, numbers, ofOneImage, tensorInput } from './arguments.js';
import type { Call, Handlers } from './handler.js';
import { reshaped } from './reshaped.js';
import { pad } from './pad.js';

function reshape(call: Call): Value {
  const { node, network } = call;
  const x = input(call, 0);
  const given = integers(call, 1, 'shape')!;
  const keepsZero = node.int('allowzero', 0) === 1;
  const batch = (size: Size) => (isBatch(size) ? size.batches * network.batch : size);
  const shape = given.map((size, axis) => (size === 0 && !keepsZero ? x.shape[axis]! : size));
  const hole = shape.indexOf(-1);
  if (hole >= 0) {
    const all = x.shape.reduce<number>((product, size) => product * batch(size), 1);
    const rest = shape.reduce<number>(
      (product, size, axis) => (axis === hole ? product : product * batch(size)),
      1,
    );
    const count = all / rest;
    if (!Number.isInteger(count))
      throw node.refuse(`reshapes ${shapeText(x.shape)} to ${shapeText(given)}, which does not divide it`);
    // Which size holds the batch, where none says so, is found where the tensor is reshaped.
    shape[hole] = count;
  }
  return reshaped(call, x, shape);
}

function flatten(call: Call): Value {
  const x = input(call, 0);
  const rank = x.shape.length;
  const given = call.node.int('axis', 1);
  const axis = given === rank ? rank : given < 0 ? given + rank : given;
  const count = (sizes: Size[]) =>
    sizes.reduce(
      (product: Size, size): Size =>
        isBatch(product)
          ? { batches: product.batches * (size as number) }
          : isBatch(size)
            ? { batches: size.batches * product }
            : product * size,
      1,
    );
  return reshaped(call, x, [count(x.shape.slice(0, axis)), count(x.shape.slice(axis))]);
}

function squeeze(call: Call): Value {
  const x = input(call, 0);
  const rank = x.shape.length;
  const axes =
    numbers(call, 1, 'axes')?.map((axis) => axisOf(call, axis, rank)) ??
    x.shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
  if (axes.some((axis) => x.shape[axis] !== 1))
    throw call.node.refuse(`drops axes ${axes.join(', ')} of ${shapeText(x.shape)}, which are not 1`);
  return reshaped(
    call,
    x,
    x.shape.filter((_, axis) => !axes.includes(axis)),
  );
}

function unsqueeze(call: Call): Value {
  const x = input(call, 0);
  const given = numbers(call, 1, 'axes') ?? [];
  const rank = x.shape.length + given.length;
  const axes = given.map((axis) => axisOf(call, axis, rank));
  const left = [...x.shape];
  return reshaped(
    call,
    x,
    Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : left.shift()!)),
  );
}

function transpose(call: Call): Value {
  const x = input(call, 0);
  const order = call.node.ints('perm') ?? [...x.shape.keys()].reverse();
  const valid =
    order.length === x.shape.length &&
    new Set(order).size === order.length &&
    order.every((axis) => axis >= 0 && axis < order.length);
  if (!valid)
    throw call.node.refuse(`puts ${shapeText(x.shape)} in the order ${order.join(', ')}, which is none`);
  return turned(call, x, order);
}

/** A value with its axes in another order. Nothing moves: what the axes are called changes. */
export function turned({ node, network }: Pick<Call, 'node' | 'network'>, x: Value, order: number[]): Value {
  const shape = order.map((axis) => x.shape[axis]!);
  if (x.kind === 'constant') return network.operation(node, 'transpose', { order }, [x], shape);
  return { ...x, shape, order: x.order.map((axis) => order.indexOf(axis)) };
}

function concat(call: Call): Value {
  const { node, network } = call;
  const values = node.inputs.map((_, index) => input(call, index));
  const first = values.find(isTensor);
  const rank = (first ?? values[0]!).shape.length;
  const axis = axisOf(call, node.int('axis'), rank);
  if (!first) return network.operation(node, 'concat', { axis }, values, []);
  if (values.some(({ shape }) => shape.length !== rank)) throw node.refuse('joins values of different ranks');
  const place = axisInMemory(call, first, axis);
  const { order } = [...values].filter(isTensor).sort((a, b) => volume(b) - volume(a))[0]!;
  const at = order.indexOf(axis);
  const sizes = values.map(({ shape }) => shape[axis] as number);
  const shape = first.shape.map((size, each) => (each === axis ? sizes.reduce((a, b) => a + b, 0) : size));
  const placed = values.map((value): Value => {
    if (value.kind === 'tensor') {
      const batch = batchAxis(first);
      if (batchAxis(value) !== batch || !sameSize(value.shape[batch]!, first.shape[batch]!))
        throw node.refuse('combines different images of a batch');
      return network.place(value, order);
    }
    const one = ofOneImage(network, node, value, batchAxis(first));
    return network.operation(node, 'transpose', { order }, [one], []);
  });
  const tensors = placed.filter(isTensor);
  if (
    tensors.length === values.length &&
    new Set(tensors.map(({ symbol }) => symbol)).size === values.length &&
    place >= 0 &&
    values.length > 1
  ) {
    const layer = layers.concatenate({ name: network.name(node), axis: at });
    return {
      kind: 'tensor',
      shape,
      order,
      symbol: network.apply(
        layer,
        tensors.map(({ symbol }) => symbol),
      ),
    };
  }
  return network.operation(node, 'concat', { axis: at }, placed, shape, order);
}

function volume({ shape }: Tensor): number {
  return shape.reduce<number>((product, size) => product * (isBatch(size) ? size.batches : size), 1);
}

function expand(call: Call): Value {
  const { node, network } = call;
  const x = input(call, 0);
  const wanted = integers(call, 1, 'shape')!;
  const rank = Math.max(wanted.length, x.shape.length);
  const full = <T>(shape: T[], filler: T): T[] => [
    ...new Array<T>(rank - shape.length).fill(filler),
    ...shape,
  ];
  const own = full<Size>(x.shape, 1);
  const ranked = x.shape.length === rank ? x : reshaped(call, x, own);
  const sizes: Size[] = full(wanted, 1);
  const shape = sizes.map((size, axis): Size => {
    if (ranked.kind === 'tensor' && isBatch(own[axis]!)) return own[axis];
    return size === 1 || (isBatch(size) && ranked.kind === 'constant') ? own[axis]! : size;
  });
  if (shape.every((size, axis) => sameSize(size, ranked.shape[axis]!))) return ranked;
  const order = ranked.kind === 'tensor' ? ranked.order : shape.map((_, axis) => axis);
  const inMemory = order.map((axis) => {
    const size = shape[axis]!;
    return isBatch(size) ? -1 : size;
  });
  return network.operation(node, 'expand', { shape: inMemory }, [ranked], shape, order);
}

function tile(call: Call): Value {
  const x = input(call, 0);
  const repeats = integers(call, 1, 'repeats')!.map((times) =>
    isBatch(times) ? (x.kind === 'constant' ? times.batches : NaN) : times,
  );
  if (repeats.length !== x.shape.length || repeats.some((times) => Number.isNaN(times)))
    throw call.node.refuse('repeats the batch');
  const shape = x.shape.map((size, axis) => (isBatch(size) ? size : size * repeats[axis]!));
  const order = x.kind === 'tensor' ? x.order : repeats.map((_, axis) => axis);
  if (x.kind === 'tensor' && repeats[batchAxis(x)] !== 1) throw call.node.refuse('repeats the batch');
  if (repeats.every((times) => times === 1)) return x;
  return call.network.operation(
    call.node,
    'tile',
    { repeats: order.map((axis) => repeats[axis]!) },
    [x],
    shape,
    order,
  );
}

/** Blocks of pixels to channels and back, of a picture [N, C, H, W]. */
function blocks(call: Call): Value {
  const { node, network } = call;
  const x = network.place(tensorInput(call, 0), [0, 2, 3, 1]);
  const block = node.int('blocksize');
  const [n, c, h, w] = x.shape as [Size, number, number, number];
  if (node.type === 'SpaceToDepth') {
    if (h % block !== 0 || w % block !== 0) throw node.refuse(`cuts ${h}×${w} into blocks of ${block}`);
    return network.operation(
      node,
      'spaceToDepth',
      { blockSize: block },
      [x],
      [n, c * block ** 2, h / block, w / block],
    );
  }
  if (c % block ** 2 !== 0) throw node.refuse(`makes blocks of ${block} of ${c} channels`);
  const columnFirst = node.text('mode', 'DCR') === 'CRD';
  return network.operation(
    node,
    'depthToSpace',
    { blockSize: block, columnFirst },
    [x],
    [n, c / block ** 2, h * block, w * block],
  );
}

/** Operators that move values about. */
export const arrange: Handlers = {
  Concat: concat,
  DepthToSpace: blocks,
  Expand: expand,
  Flatten: flatten,
  Pad: pad,
  Reshape: reshape,
  SpaceToDepth: blocks,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};
