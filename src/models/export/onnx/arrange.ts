import { Failure } from '../../../errors.js';
import type { Shape } from '../../classifier/index.js';
import { imageOrder, plainOrder, type Padding, type Value } from './value.js';
import type { Writer } from './writer.js';

/**
 * A value with nothing left to be done to it: padded, its channels mixed, what was flattened in tfjs's order.
 *
 * @param keep leaves a flattened value in the order in which it is
 */
export function settled(writer: Writer, value: Value, keep?: 'flattened'): Value {
  const { mix, padding, flattened, ...rest } = value;
  let name = value.name;
  if (mix) name = mixed(writer, name, mix);
  if (padding) name = padded(writer, name, padding);
  if (!flattened) return { ...rest, name };
  if (keep) return { ...rest, name, flattened };
  const image = { name, shape: flattened.shape, order: flattened.order };
  return {
    ...rest,
    name: reshaped(writer, ordered(writer, image, plainOrder(image.shape)), value.shape).name,
  };
}

/** A value with its axes in the given order; nothing is moved where only axes of size 1 change their places. */
export function ordered(writer: Writer, value: Value, order: readonly number[]): Value {
  if (sameOrder(value.order, order)) return value;
  const ready = settled(writer, value);
  const { name, shape } = ready;
  if (movesNothing(shape, ready.order, order)) {
    return { ...ready, name: writer.node(name, 'Reshape', [name, sizes(writer, shape, order)]), order };
  }
  const perm = order.map((axis) => ready.order.indexOf(axis));
  return { ...ready, name: writer.node(name, 'Transpose', [name], { perm }), order };
}

/** An image of tfjs as [N, C, H, W]; padding and mixing of channels may still be left to do. */
export function asImage(writer: Writer, value: Value, dataFormat: keyof typeof imageOrder): Value {
  return ordered(writer, value, imageOrder[dataFormat]);
}

/** A value with another shape, its values in tfjs's order. */
export function reshaped(writer: Writer, value: Value, shape: Shape): Value {
  const { name, order, shape: before, nonNegative } = settled(writer, value);
  const plain = plainOrder(before);
  const source = movesNothing(before, order, plain)
    ? name
    : ordered(writer, { name, order, shape: before }, plain).name;
  // A vector as an image of one pixel: its channels are where ONNX wants them.
  const target =
    shape.length === 4 && shape[1] === 1 && shape[2] === 1 ? imageOrder.channelsLast : plainOrder(shape);
  const result = writer.node(name, 'Reshape', [source, sizes(writer, shape, target)]);
  return { name: result, shape, order: target, nonNegative };
}

function padded(writer: Writer, name: string, { top, left, bottom, right }: Padding): string {
  return writer.node(name, 'Pad', [name, writer.integers([0, 0, top, left, 0, 0, bottom, right])]);
}

function mixed(writer: Writer, name: string, mix: NonNullable<Value['mix']>): string {
  const shape = [mix.length, mix[0]!.length, 1, 1];
  const kernel = writer.weight('channels', shape, Float32Array.from(mix.flat()));
  return writer.node(name, 'Conv', [name, kernel], { kernel_shape: [1, 1] });
}

/** The sizes for Reshape: the batch is copied, one other size may be open. */
function sizes(writer: Writer, shape: Shape, order: readonly number[]): string {
  if (shape.slice(1).filter((size) => size === null).length > 1) {
    const found = shape.slice(1).map((size) => size ?? '?');
    throw new Failure(
      `a value [N, ${found.join(', ')}] cannot be reshaped without its sizes; give the network a fixed input size`,
    );
  }
  return writer.integers(order.map((axis) => (axis === 0 ? 0 : (shape[axis] ?? -1))));
}

function movesNothing(shape: Shape, from: readonly number[], to: readonly number[]): boolean {
  const large = (order: readonly number[]) => order.filter((axis) => shape[axis] !== 1);
  return sameOrder(large(from), large(to));
}

function sameOrder(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((axis, position) => axis === other[position]);
}
