import { isTensor } from '../network.js';
import {
  batchAxis,
  constant,
  isBatch,
  number,
  sameSize,
  shapeText,
  type Constant,
  type Size,
  type Value,
} from '../values.js';
import { aligned, axisOf, constantInput, input, ofOneImage } from './arguments.js';
import type { Call, Handlers } from './handler.js';
import { reshaped } from './reshaped.js';
import { gather } from './select.js';

/** Positions in a value [N, A, R] whose rows are taken or replaced, the same for every image. */
interface Places {
  rows: number[];
  /** Of what is put there or comes out, behind the batch. */
  shape: number[];
}

function count(sizes: readonly Size[]): number {
  return sizes.reduce<number>((product, size) => product * (isBatch(size) ? size.batches : size), 1);
}

function itemsOf({ node }: Call, indices: Constant): number[] {
  return (indices.items ?? [...indices.read()]).map((item) => {
    if (isBatch(item)) throw node.refuse('has indices that depend on the number of images');
    return item;
  });
}

/** The entries of one image of indices that were written for a whole batch, which have to be the same for all. */
function entriesOfOne({ node, network }: Call, entries: number[][], images: number): number[][] {
  if (images !== network.batch) throw node.refuse(`has indices for ${images} images`);
  const each = entries.length / images;
  const first = entries.slice(0, each);
  const alike = entries.every((entry, index) => entry.join() === first[index % each]!.join());
  if (!alike) throw node.refuse('has other indices for each image of a batch');
  return first;
}

/**
 * The rows that indices of several axes mean.
 *
 * @param data its sizes
 * @param batched whether its first axis is the batch, which the indices then count first (or leave out: `skips`)
 */
function placesOf(
  call: Call,
  data: readonly Size[],
  indices: Constant,
  batched: boolean,
  skips: boolean,
): Places {
  const { node } = call;
  const depth = indices.shape.at(-1)!;
  const items = itemsOf(call, indices);
  const all = Array.from({ length: items.length / depth }, (_, index) =>
    items.slice(index * depth, (index + 1) * depth),
  );
  const outer = indices.shape.slice(0, -1);
  let entries = all;
  let shape = outer;
  if (batched) {
    const images = outer[0] ?? 0;
    const each = all.length / images;
    const own = skips || all.every(([image], index) => image === Math.floor(index / each));
    if (!own) throw node.refuse('mixes the images of a batch');
    entries = entriesOfOne(call, skips ? all : all.map((entry) => entry.slice(1)), images);
    shape = outer.slice(1);
  }
  const sizes = (batched ? data.slice(1) : data).slice(0, entries[0]?.length ?? 0) as number[];
  const rows = entries.map((entry) =>
    entry.reduce((row, given, axis) => {
      const at = given < 0 ? given + sizes[axis]! : given;
      if (!(at >= 0 && at < sizes[axis]!)) throw node.refuse(`has index ${given} of ${sizes[axis]}`);
      return row * sizes[axis]! + at;
    }, 0),
  );
  return { rows, shape };
}

/** A value as [N, rows, rest], N being 1 where it has no batch. */
function asRows(call: Call, value: Value, batched: boolean, indexed: number): Value {
  const own = batched ? value.shape.slice(1) : value.shape;
  return reshaped(call, value, [
    batched ? value.shape[0]! : 1,
    count(own.slice(0, indexed)),
    count(own.slice(indexed)),
  ]);
}

function rowsOf({ node, network }: Call, value: Value, rows: number[]): Value {
  const placed = isTensor(value) ? network.place(value, [0, 1, 2]) : value;
  const shape = [value.shape[0]!, rows.length, value.shape[2]!];
  return network.operation(
    node,
    'gather',
    { axis: 1 },
    [placed, constant('int', [rows.length], rows)],
    shape,
  );
}

function joined({ node, network }: Call, a: Value, b: Value): Value {
  const placed = [a, b].map((value) => (isTensor(value) ? network.place(value, [0, 1, 2]) : value));
  const [batch = 1, other = batch] = [a, b].filter(isTensor).map(({ shape }) => shape[0]!);
  if (!sameSize(batch, other)) throw node.refuse('combines different images of a batch');
  const shape = [batch, (a.shape[1] as number) + (b.shape[1] as number), a.shape[2]!];
  return network.operation(node, 'concat', { axis: 1 }, placed, shape, [0, 1, 2]);
}

/** Whether the first axis of a value is the batch. */
function isBatched(value: Value): boolean {
  return value.kind === 'tensor' && isBatch(value.shape[0]!);
}

function checkBatch(call: Call, value: Value): void {
  if (value.kind === 'tensor' && !isBatched(value))
    throw call.node.refuse(`takes from ${shapeText(value.shape)}, whose first axis is not the batch`);
}

function gatherND(call: Call): Value {
  const { node } = call;
  const x = input(call, 0);
  const indices = constantInput(call, 1);
  const skips = node.int('batch_dims', 0);
  const depth = indices.shape.at(-1)!;
  // How the dynamo exporter indexes axes that it has brought to the front, before the images.
  if (isTensor(x) && skips === 0 && depth <= batchAxis(x)) {
    const { rows, shape } = placesOf(call, x.shape, indices, false, false);
    const rest = x.shape.slice(depth);
    const flat = reshaped(call, x, [count(x.shape.slice(0, depth)), ...rest]);
    const taken = gather({ ...call, inputs: [flat, constant('int', [rows.length], rows)] });
    return reshaped(call, taken, [...shape, ...rest]);
  }
  checkBatch(call, x);
  const batched = isBatched(x);
  if (skips > (batched ? 1 : 0)) throw node.refuse(`has batch_dims ${skips}`);
  const { rows, shape } = placesOf(call, x.shape, indices, batched, skips === 1);
  const indexed = depth - (batched && skips === 0 ? 1 : 0);
  const taken = rowsOf(call, asRows(call, x, batched, indexed), rows);
  const rest = x.shape.slice(indexed + (batched ? 1 : 0));
  return reshaped(call, taken, [...(batched ? [x.shape[0]!] : []), ...shape, ...rest]);
}

/** Indices along one axis, for every place of the others, as rows of a flattened image. */
function elementsOf(call: Call, x: Value, indices: Constant, batched: boolean): Places {
  const { node } = call;
  const axis = axisOf(call, node.int('axis', 0), x.shape.length);
  if (batched && axis === 0) throw node.refuse('mixes the images of a batch');
  const items = itemsOf(call, indices).map((item) => [item]);
  const images = batched ? indices.shape[0]! : 1;
  const entries = batched ? entriesOfOne(call, items, images) : items;
  const along = batched ? axis - 1 : axis;
  const sizes = (batched ? x.shape.slice(1) : x.shape) as number[];
  const shape = batched ? indices.shape.slice(1) : indices.shape;
  const rows = entries.map(([item], index) => {
    let [rest, row, step] = [index, 0, 1];
    for (let at = shape.length - 1; at >= 0; at--) {
      const place = at === along ? (item! < 0 ? item! + sizes[at]! : item!) : rest % shape[at]!;
      if (!(place >= 0 && place < sizes[at]!)) throw node.refuse(`has index ${item} of ${sizes[at]}`);
      row += place * step;
      step *= sizes[at]!;
      rest = Math.floor(rest / shape[at]!);
    }
    return row;
  });
  return { rows, shape };
}

function gatherElements(call: Call): Value {
  const x = input(call, 0);
  checkBatch(call, x);
  const batched = isBatched(x);
  const { rows, shape } = elementsOf(call, x, constantInput(call, 1), batched);
  const taken = rowsOf(call, asRows(call, x, batched, Infinity), rows);
  return reshaped(call, taken, batched ? [x.shape[0]!, ...shape] : shape);
}

/** What is put in, as [N, places, rest]; what does not depend on the image is the same for every one. */
function updates(call: Call, value: Value, batched: boolean, places: number): Value {
  if (value.kind === 'tensor' || !batched)
    return asRows(call, value, batched, indexedOf(value, batched, places));
  const { network } = call;
  const one = ofOneImage(network, call.node, value, 0);
  return reshaped(call, one, [1, places, count(one.shape) / places]);
}

function indexedOf(value: Value, batched: boolean, places: number): number {
  const own = (batched ? value.shape.slice(1) : value.shape) as number[];
  let [axes, product] = [0, 1];
  while (product < places && axes < own.length) product *= own[axes++]!;
  return axes;
}

/** The data with rows replaced, or added to. */
function put(call: Call, data: Value, rows: number[], values: Value): Value {
  const { node, network } = call;
  const reduction = node.text('reduction', 'none');
  const size = data.shape[1] as number;
  if (reduction === 'none') {
    const from = Array.from({ length: size }, (_, row) => row);
    rows.forEach((row, index) => (from[row] = size + index));
    return rowsOf(call, joined(call, data, values), from);
  }
  if (reduction !== 'add' || new Set(rows).size !== rows.length)
    throw node.refuse(`combines values by '${reduction}', which is computed for 'add' to different places`);
  const zeros: Value = { ...number(0), shape: [1, 1, data.shape[2] as number] };
  const none = { ...zeros, read: () => new Float32Array(data.shape[2] as number) } as Constant;
  const from = new Array<number>(size).fill(rows.length);
  rows.forEach((row, index) => (from[row] = index));
  const spread = rowsOf(call, joined(call, values, none), from);
  const { values: both, shape, order } = aligned(node, network, [data, spread]);
  return network.operation(node, 'add', {}, both, shape, order);
}

function scatterND(call: Call): Value {
  const [x, indices, values] = [input(call, 0), constantInput(call, 1), input(call, 2)];
  [x, values].forEach((value) => checkBatch(call, value));
  const batched = isBatched(x) || isBatched(values);
  const { rows } = placesOf(call, x.shape, indices, batched, false);
  const indexed = indices.shape.at(-1)! - (batched ? 1 : 0);
  const data = asRows(call, x, batched, indexed);
  return reshaped(
    call,
    put(call, data, rows, updates(call, values, batched, rows.length)),
    shapeOf(x, values),
  );
}

function scatterElements(call: Call): Value {
  const [x, indices, values] = [input(call, 0), constantInput(call, 1), input(call, 2)];
  [x, values].forEach((value) => checkBatch(call, value));
  const batched = isBatched(x) || isBatched(values);
  const { rows } = elementsOf(call, x, indices, batched);
  const data = asRows(call, x, batched, Infinity);
  return reshaped(
    call,
    put(call, data, rows, updates(call, values, batched, rows.length)),
    shapeOf(x, values),
  );
}

function shapeOf(x: Value, values: Value): Size[] {
  return isBatched(values) ? [values.shape[0]!, ...x.shape.slice(1)] : x.shape;
}

/** The lower or the upper triangle of the last two axes; 0 elsewhere. */
function triangle(call: Call): Value {
  const { node, network, inputs } = call;
  const x = input(call, 0);
  const [rows, columns] = x.shape.slice(-2) as [Size, Size];
  if (isBatch(rows) || isBatch(columns)) throw node.refuse('mixes the images of a batch');
  const shift = inputs[1] ? constantInput(call, 1).read()[0]! : 0;
  const upper = node.int('upper', 1) === 1;
  const kept = Array.from({ length: rows * columns }, (_, at) => {
    const above = (at % columns) - Math.floor(at / columns) - shift;
    return Number(upper ? above >= 0 : above <= 0);
  });
  const zero = x.kind === 'constant' && x.type !== 'float' ? constant(x.type, [], [0]) : number(0);
  const { values, shape, order } = aligned(node, network, [constant('bool', [rows, columns], kept), x, zero]);
  return network.operation(node, 'where', {}, values, shape, order);
}

/** Operators that take from places, or put into them, given by numbers. */
export const scatter: Handlers = {
  GatherElements: gatherElements,
  GatherND: gatherND,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  Trilu: triangle,
};
