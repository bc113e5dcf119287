import {
  constant,
  isBatch,
  sameSize,
  shapeText,
  type Constant,
  type Size,
  type Tensor,
  type Value,
} from '../values.js';
import { axisInMemory, axisOf, constantInput, input, integers, numbers } from './arguments.js';
import { reshaped } from './reshaped.js';
import type { Call, Handlers } from './handler.js';

/** A part of a value along one axis. */
export function part(call: Call, x: Value, axis: number, start: number, count: number): Value {
  if (x.shape[axis] === count) return x;
  const shape = x.shape.map((size, at) => (at === axis ? count : size));
  return call.network.operation(
    call.node,
    'slice',
    { axis: axisInMemory(call, x, axis), start, count },
    [x],
    shape,
  );
}

function split(call: Call): Value[] {
  const { node } = call;
  const x = input(call, 0);
  const axis = axisOf(call, node.int('axis', 0), x.shape.length);
  axisInMemory(call, x, axis);
  const all = x.shape[axis] as number;
  const parts = node.int('num_outputs', node.outputs.length);
  const each = Math.ceil(all / parts);
  const sizes =
    numbers(call, 1, 'split') ??
    Array.from({ length: parts }, (_, index) => Math.min(each, all - index * each));
  if (sizes.reduce((a, b) => a + b, 0) !== all || sizes.length < node.outputs.length)
    throw node.refuse(`splits ${all} into ${sizes.join(', ')}`);
  let start = 0;
  return node.outputs.map((_, index) => {
    const one = part(call, x, axis, start, sizes[index]!);
    start += sizes[index]!;
    return one;
  });
}

function slice(call: Call): Value {
  const { network, node } = call;
  let x = input(call, 0);
  const starts = integers(call, 1, 'starts')!;
  const ends = integers(call, 2, 'ends')!;
  const axes = numbers(call, 3, 'axes') ?? starts.map((_, axis) => axis);
  const steps = numbers(call, 4, 'steps') ?? starts.map(() => 1);
  for (const [index, given] of axes.entries()) {
    const axis = axisOf(call, given, x.shape.length);
    const size = x.shape[axis]!;
    const [from, to, step] = [starts[index]!, ends[index]!, steps[index]!];
    const toEnd = isBatch(size) ? (isBatch(to) ? sameSize(to, size) : to >= network.batch) : false;
    if (isBatch(size) && from === 0 && toEnd && step === 1) continue;
    if (isBatch(size) || isBatch(from) || isBatch(to))
      throw node.refuse(`takes a part of the batch of ${shapeText(x.shape)}`);
    const clamp = (value: number, low: number, high: number) =>
      Math.min(Math.max(value < 0 ? value + size : value, low), high);
    if (step < 0) {
      const [first, last] = [clamp(from, -1, size - 1), clamp(to, -1, size - 1)];
      const reversed = network.operation(
        node,
        'reverse',
        { axis: axisInMemory(call, x, axis) },
        [x],
        x.shape,
      );
      const run = part(call, reversed, axis, size - 1 - first, Math.max(0, first - last));
      x = stride(call, run, axis, -step);
    } else {
      const [first, last] = [clamp(from, 0, size), clamp(to, 0, size)];
      if (last <= first && x.kind === 'tensor') throw node.refuse(`takes nothing of ${shapeText(x.shape)}`);
      x = stride(call, part(call, x, axis, first, Math.max(0, last - first)), axis, step);
    }
  }
  return x;
}

function stride(call: Call, x: Value, axis: number, step: number): Value {
  if (step === 1) return x;
  const shape = x.shape.map((size, at) => (at === axis ? Math.ceil((size as number) / step) : size));
  return call.network.operation(call.node, 'stride', { axis: axisInMemory(call, x, axis), step }, [x], shape);
}

/** Values at places along one axis. */
export function gather(call: Call): Value {
  const { node, network } = call;
  const x = input(call, 0);
  const indices = constantInput(call, 1);
  const axis = axisOf(call, node.int('axis', 0), x.shape.length);
  const strided = asStrided(call, x, indices);
  if (strided) return strided;
  const place = axisInMemory(call, x, axis);
  const size = x.shape[axis] as number;
  const positions = (indices.items ?? [...indices.read()]).map((item) => {
    const position = isBatch(item) ? NaN : item < 0 ? item + size : item;
    if (!(position >= 0 && position < size))
      throw node.refuse(`takes value ${isBatch(item) ? 'N' : item} of ${size}`);
    return position;
  });
  const without = x.shape.filter((_, at) => at !== axis);
  if (indices.shape.length === 0) return reshaped(call, part(call, x, axis, positions[0]!, 1), without);
  const flat = x.shape.map((each, at) => (at === axis ? positions.length : each));
  const contiguous = positions.every((position, index) => position === positions[0]! + index);
  const found = contiguous
    ? part(call, x, axis, positions[0]!, positions.length)
    : network.operation(
        node,
        'gather',
        { axis: place },
        [x, constant('int', [positions.length], positions)],
        flat,
      );
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return shape.length === flat.length ? found : reshaped(call, found, shape);
}

/**
 * How torch.onnx writes as_strided, a view that the decomposition of a mean leaves behind: all values in one row, and the
 * positions that the view has there. Within one image it is a choice of the image's own values.
 */
function asStrided(call: Call, x: Value, indices: Constant): Value | undefined {
  const { network, node } = call;
  const [row] = x.shape;
  if (x.kind !== 'tensor' || x.shape.length !== 1 || !isBatch(row!) || indices.shape.length < 2)
    return undefined;
  const positions = [...indices.read()];
  const isAll =
    positions.length === row.batches * network.batch && positions.every((at, index) => at === index);
  if (isAll) return reshaped(call, x, indices.shape);
  const isInside = positions.every((at) => Number.isInteger(at) && at >= 0 && at < row.batches);
  if (network.batch !== 1 || indices.shape[0] !== 1 || !isInside) return undefined;
  const images: Size[] = [{ batches: 1 }, row.batches];
  const values = reshaped(call, x, images) as Tensor;
  const given = [values, constant('int', [positions.length], positions)];
  const chosen = network.operation(
    node,
    'gather',
    { axis: 1 },
    given,
    [images[0]!, positions.length],
    values.order,
  );
  return reshaped(call, chosen, [images[0]!, ...indices.shape.slice(1)]);
}

/** Operators that take parts of values. */
export const select: Handlers = { Gather: gather, Slice: slice, Split: split };
