import { reshapeTensor } from '../reshape.js';
import { isTensor, type Network } from '../network.js';
import type { Node } from '../node.js';
import {
  batchAxis,
  isBatch,
  sameSize,
  shapeText,
  type Constant,
  type Size,
  type Tensor,
  type Value,
} from '../values.js';
import type { Call } from './handler.js';

/** @throws Failure where the node lacks the input */
export function input({ node, inputs }: Call, index: number): Value {
  const value = inputs[index];
  if (!value) throw node.refuse(`lacks its input ${index + 1}`);
  return value;
}

/** The input as a tensor that depends on the image. */
export function tensorInput(call: Call, index: number): Tensor {
  const value = input(call, index);
  if (value.kind !== 'tensor')
    throw call.node.refuse(`its input ${index + 1} does not depend on the image, which is not computed`);
  return value;
}

export function constantInput(call: Call, index: number): Constant {
  const value = input(call, index);
  if (value.kind !== 'constant')
    throw call.node.refuse(`its input ${index + 1} depends on the image; it has to be known beforehand`);
  return value;
}

/** A list of integers that is an input from some opset on and an attribute before it. */
export function integers(call: Call, index: number, attribute: string): Size[] | undefined {
  if (call.inputs[index]) {
    const { items } = constantInput(call, index);
    if (!items) throw call.node.refuse(`its input ${index + 1} holds no integers`);
    return items;
  }
  return call.node.ints(attribute);
}

/** The same, where no value may depend on the number of images. */
export function numbers(call: Call, index: number, attribute: string): number[] | undefined {
  return integers(call, index, attribute)?.map((item) => {
    if (isBatch(item)) throw call.node.refuse(`its ${attribute} depends on the number of images`);
    return item;
  });
}

/** An axis counted from the front. */
export function axisOf({ node }: Call, axis: number, rank: number): number {
  const found = axis < 0 ? axis + rank : axis;
  if (!(found >= 0 && found < rank)) throw node.refuse(`has axis ${axis} of a value with ${rank} axes`);
  return found;
}

/** Where an axis lies in memory; that of the batch cannot be worked on. */
export function axisInMemory({ node }: Call, value: Value, axis: number): number {
  if (value.kind === 'constant') return axis;
  if (axis === batchAxis(value))
    throw node.refuse(`works along the batch of ${shapeText(value.shape)}, which mixes images`);
  return value.order.indexOf(axis);
}

/**
 * What a graph that was exported for several images holds once for each of them: the values of one.
 *
 * @param axis that of the images
 * @throws Failure where images have other values
 */
export function ofOneImage(network: Network, node: Node, value: Constant, axis: number): Constant {
  const images = value.shape[axis]!;
  if (images === 1) return value;
  const each = value.shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const all = value.read();
  const alike = all.every((one, index) => one === all[index - (Math.floor(index / each) % images) * each]);
  if (images !== network.batch || !alike) throw node.refuse('has other values for each image of a batch');
  return network.operation(node, 'slice', { axis, start: 0, count: 1 }, [value], []) as Constant;
}

/** Whether a constant has its own values for each of the parts of an image that a tensor has along its first axis, as windows. */
function isOfEachImage({ batch }: Network, { shape }: Constant, tensor: Tensor): boolean {
  const [parts] = tensor.shape;
  return batch === 1 && isBatch(parts!) && parts.before === undefined && shape[0] === parts.batches;
}

/** Such a constant once for each image. */
function forEachImage(network: Network, node: Node, value: Constant, tensor: Tensor): Value {
  const [parts, ...rest] = value.shape;
  const images: Size = { batches: 1 };
  const apart = reshapeTensor(network, node, tensor, [images, parts!, ...tensor.shape.slice(1)]);
  const once = [1, ...value.shape];
  const one = network.operation(node, 'reshape', { shape: once }, [value], once);
  const shape = [images, ...value.shape];
  const all = network.operation(node, 'perImage', {}, [apart, one], shape, [...shape.keys()]);
  return reshapeTensor(network, node, all as Tensor, [tensor.shape[0]!, ...rest]);
}

/**
 * Values broadcast as ONNX does it: all of one rank, tensors in the order of the largest, constants arranged like it.
 *
 * @returns the values and the shape of the result
 */
export function aligned(
  node: Node,
  network: Network,
  values: Value[],
): { values: Value[]; shape: Size[]; order?: number[] } {
  if (!values.some(isTensor)) return { values, shape: [] };
  const rank = Math.max(...values.map(({ shape }) => shape.length));
  const widest = values.filter(isTensor).find((tensor) => tensor.shape.length === rank);
  const wide = values.map((value): Value => {
    const missing = rank - value.shape.length;
    if (missing === 0) return value;
    const ones = new Array<number>(missing).fill(1);
    if (value.kind === 'tensor') {
      // Of one image, [1, D] and [1, T, D] are what [N, 1, D] and [N, T, D] are of several.
      const own = batchAxis(value);
      const before = network.batch === 1 && widest ? batchAxis(widest) - own : missing;
      const at = before >= 0 && before < missing ? before : missing;
      const shape: Size[] = [...ones.slice(0, at), ...value.shape];
      return reshapeTensor(network, node, value, shape.toSpliced(at + own + 1, 0, ...ones.slice(at)));
    }
    const shape = [...ones, ...value.shape];
    return network.operation(node, 'reshape', { shape: shape }, [value], shape);
  });
  const tensors = wide.filter(isTensor);
  const [first] = tensors as [Tensor];
  const axis = batchAxis(first);
  const ranked = wide.map((value) => {
    if (value.kind === 'tensor') return value;
    if (value.shape[axis] === network.batch) return ofOneImage(network, node, value, axis);
    return isOfEachImage(network, value, first) ? forEachImage(network, node, value, first) : value;
  });
  if (!tensors.every((tensor) => batchAxis(tensor) === axis))
    throw node.refuse('combines different images of a batch');
  const [largest] = [...tensors].sort((a, b) => plainCount(b) - plainCount(a));
  const { order } = largest!;
  const shape = Array.from({ length: rank }, (_, at): Size => {
    const sizes = ranked.map((value) => value.shape[at]!);
    const found = sizes.find(isBatch) ?? Math.max(...(sizes as number[]));
    const agree = sizes.every((size) => size === 1 || sameSize(size, found));
    if (!agree)
      throw node.refuse(
        `combines shapes that do not fit: ${values.map((value) => shapeText(value.shape)).join(' and ')}`,
      );
    return found;
  });
  const arranged = ranked.map((value): Value => {
    if (value.kind === 'tensor') return network.place(value, order);
    const inPlace = order.every(
      (from, at) => from === at || (value.shape[from] === 1 && value.shape[at] === 1),
    );
    if (inPlace) return value;
    return network.operation(
      node,
      'transpose',
      { order },
      [value],
      order.map((from) => value.shape[from]!),
    );
  });
  return { values: arranged, shape, order };
}

function plainCount({ shape }: Tensor): number {
  return shape.reduce<number>((product, size) => product * (isBatch(size) ? size.batches : size), 1);
}
