import type { Shape } from '../../../classifier/index.js';
import { asImage, ordered, settled } from '../arrange.js';
import { permuted } from '../layers/shapes.js';
import { imageOrder, plainOrder, type Value } from '../value.js';
import {
  isConstant,
  node,
  number,
  numbers,
  valueOf,
  written,
  type OperationCall,
  type OperationExports,
} from './call.js';

const end = 2 ** 31 - 1;

/** The first argument after a node that leaves its axes where they are. */
function along(
  call: OperationCall,
  operator: string,
  more: (value: Value, place: (axis: number) => number) => string[],
): Value {
  const value = valueOf(call, 0);
  const inputs = more(value, (axis) => value.order.indexOf(axis));
  return { name: node(call, operator, [value.name, ...inputs]), shape: call.use.shape, order: value.order };
}

function slice(call: OperationCall, from: number, to: number, step?: number): Value {
  const { writer } = call.use;
  return along(call, 'Slice', (_, place) => [
    writer.integers([from]),
    writer.integers([to]),
    writer.integers([place(number(call, 'axis'))]),
    ...(step === undefined ? [] : [writer.integers([step])]),
  ]);
}

function gather(call: OperationCall): Value {
  const value = valueOf(call, 0);
  const indices = call.arguments[1]!;
  if (!isConstant(indices)) throw new Error('indices that depend on the image');
  const list = call.use.writer.integers([...indices.values]);
  const axis = value.order.indexOf(number(call, 'axis'));
  return {
    name: node(call, 'Gather', [value.name, list], { axis }),
    shape: call.use.shape,
    order: value.order,
  };
}

function concat(call: OperationCall): Value {
  const { writer, shape } = call.use;
  const values = call.arguments.filter((each): each is Value => !isConstant(each));
  const { order } = settled(writer, values[0]!);
  const placed = values.map((value) => ordered(writer, settled(writer, value), order));
  const names = call.arguments.map((argument) => {
    if (!isConstant(argument)) return placed[values.indexOf(argument)]!.name;
    const name = written(call, argument, order);
    const sizes = order.map((axis) => argument.shape[axis]!);
    return argument.shape[0] === 1 ? forBatch(call, name, sizes, placed[0]!.name) : name;
  });
  return { name: node(call, 'Concat', names, { axis: order.indexOf(number(call, 'axis')) }), shape, order };
}

/** What there is once, once for each image that another value has. */
export function forBatch(call: OperationCall, name: string, sizes: number[], like: string): string {
  const { writer } = call.use;
  const all = node(call, 'Shape', [like]);
  const batch = node(call, 'Slice', [all, writer.integers([0]), writer.integers([1])]);
  const shape = node(call, 'Concat', [batch, writer.integers(sizes.slice(1))], { axis: 0 });
  return node(call, 'Expand', [name, shape]);
}

/** What there is once, once for each image of the first argument. */
function perImage(call: OperationCall): Value {
  const [like, value] = [valueOf(call, 0), valueOf(call, 1)];
  const name = forBatch(call, value.name, sizes(value.shape), like.name);
  return { name, shape: call.use.shape, order: value.order };
}

function pad(
  call: OperationCall,
  more: (call: OperationCall) => string[],
  attributes?: { mode: string },
): Value {
  const value = valueOf(call, 0);
  const pads = call.attributes['pads'] as [number, number][];
  const sides = [0, 1].flatMap((side) => value.order.map((axis) => pads[axis]![side]!));
  const name = node(call, 'Pad', [value.name, call.use.writer.integers(sides), ...more(call)], attributes);
  return { name, shape: call.use.shape, order: value.order };
}

/** To a shape whose first size is found, all others being known. */
function reshape(call: OperationCall): Value {
  const { writer, shape } = call.use;
  const plain = ordered(writer, valueOf(call, 0), plainOrder(call.arguments[0]!.shape));
  const target = writer.integers([-1, ...sizes(shape.slice(1))]);
  return { name: node(call, 'Reshape', [plain.name, target]), shape, order: plainOrder(shape) };
}

function sizes(shape: Shape): number[] {
  return shape.map((size) => {
    if (size === null) throw new Error('a size that is not known');
    return size;
  });
}

function blocks(operator: 'DepthToSpace' | 'SpaceToDepth') {
  return (call: OperationCall): Value => {
    const { writer, shape } = call.use;
    const image = settled(writer, asImage(writer, valueOf(call, 0), 'channelsLast'));
    const mode = call.attributes['columnFirst'] ? 'CRD' : 'DCR';
    const attributes = {
      blocksize: number(call, 'blockSize'),
      ...(operator === 'DepthToSpace' && { mode }),
    };
    return { name: node(call, operator, [image.name], attributes), shape, order: imageOrder.channelsLast };
  };
}

/** What moves values about. */
export const arrange: OperationExports = {
  concat,
  depthToSpace: blocks('DepthToSpace'),
  expand: (call) =>
    along(call, 'Expand', ({ order }) => {
      const wanted = order.map((axis) => numbers(call, 'shape')[axis]!);
      return [call.use.writer.integers(wanted.map((size) => (size === -1 ? 1 : size)))];
    }),
  gather,
  pad: (call) => pad(call, () => [call.use.writer.number(number(call, 'value'))]),
  perImage,
  padMirrored: (call) => pad(call, () => [], { mode: 'reflect' }),
  reshape,
  slice: (call) => slice(call, number(call, 'start'), number(call, 'start') + number(call, 'count')),
  spaceToDepth: blocks('SpaceToDepth'),
  stride: (call) => slice(call, 0, end, number(call, 'step')),
  reverse: (call) => slice(call, -1, -end, -1),
  tile: (call) =>
    along(call, 'Tile', ({ order }) => [
      call.use.writer.integers(order.map((axis) => numbers(call, 'repeats')[axis]!)),
    ]),
  transpose: (call) => permuted(valueOf(call, 0), numbers(call, 'order')),
};
