import { layers } from '@tensorflow/tfjs-layers';
import { elementCount } from '../manifest.js';
import { sizeOf, type Network } from './network.js';
import type { Node } from './node.js';
import { batchAxis, isBatch, shapeText, type Batch, type Size, type Tensor } from './values.js';

/** Axes of the old shape and of the new one that hold the same values. */
interface Group {
  from: number[];
  to: number[];
}

/**
 * A tensor in another shape. Where axes are only split or joined the order in memory stays, so that a picture with its
 * channels last needs no transposing.
 *
 * @param wanted the new shape as ONNX has it, without −1 and 0; where the graph was exported for a fixed batch, one of
 *   its sizes holds the batch and is found here
 */
export function reshapeTensor(network: Network, node: Node, given: Tensor, wanted: Size[]): Tensor {
  const x = apart(network, node, given);
  const found = withBatch(x, wanted, network.batch);
  if (!found)
    throw node.refuse(
      `reshapes ${shapeText(given.shape)} to ${shapeText(wanted)}, which mixes the images of a batch`,
    );
  const { sizes, at, before, after } = found;
  if (before === 1) return plainly(network, node, x, sizes.with(at, { batches: after }));
  const y = plainly(network, node, x, sizes.toSpliced(at, 1, ...split(before, after)), at);
  return joined(network, node, y, found);
}

/** Where a shape has its batch, and how many of that axis go round outside the images and inside. */
interface BatchPlace {
  at: number;
  before: number;
  after: number;
}

/** The axes of a batch that is joined with others. */
function split(before: number, after: number): Size[] {
  return [before, { batches: 1 }, ...(after > 1 ? [after] : [])];
}

/** [before · N · after, ...] as [before, N, after, ...], where `before` is more than 1. */
function apart(network: Network, node: Node, x: Tensor): Tensor {
  const at = batchAxis(x);
  const { batches, before = 1 } = x.shape[at] as Batch;
  if (before === 1) return x;
  const axes = split(before, batches / before);
  const shape = x.shape.toSpliced(at, 1, ...axes);
  const rest = x.order.slice(1).map((axis) => (axis > at ? axis + axes.length - 1 : axis));
  return inShape(network, node, x, shape, [at + 1, at, ...(axes.length > 2 ? [at + 2] : []), ...rest]);
}

/** The other way round. In memory the images come first in both. */
function joined(network: Network, node: Node, x: Tensor, { at, before, after }: BatchPlace): Tensor {
  const axes = [at + 1, at, ...(after > 1 ? [at + 2] : [])];
  const rest = x.order.filter((axis) => !axes.includes(axis));
  const placed = network.place(x, [...axes, ...rest]);
  const shape = x.shape.toSpliced(at, axes.length, { batches: before * after, before });
  const order = [at, ...rest.map((axis) => (axis > at ? axis - axes.length + 1 : axis))];
  return inShape(network, node, placed, shape, order);
}

/** The same values in memory under another shape, of which an image may have other entries of the first axis. */
function inShape(network: Network, node: Node, x: Tensor, shape: Size[], order: number[]): Tensor {
  const target = [-1, ...order.slice(1).map((axis) => sizeOf(shape[axis]!))];
  return network.operation(node, 'reshape', { shape: target }, [x], shape, order) as Tensor;
}

/** @param next the axis of the new shape that had best lie behind the images, where something has to be moved */
function plainly(network: Network, node: Node, x: Tensor, shape: Size[], next = -1): Tensor {
  const groups = groupsOf(x.shape, shape);
  if (!groups)
    throw node.refuse(
      `reshapes ${shapeText(x.shape)} to ${shapeText(shape)}, which does not hold as many values`,
    );
  const placed = fits(x, groups) ? x : network.place(x, together(x, groups, next));
  const order = fits(placed, groups) ? newOrder(placed, groups, shape) : [];
  if (order[0] !== shape.findIndex(isBatch)) {
    throw node.refuse(
      `reshapes ${shapeText(x.shape)} to ${shapeText(shape)}, which mixes the images of a batch`,
    );
  }
  const [before, after] = [x.shape[batchAxis(x)], shape[order[0]]] as Batch[];
  if (before!.batches !== after!.batches) return inShape(network, node, placed, shape, order);
  const physical = (value: Size[], axes: number[]) => axes.slice(1).map((axis) => sizeOf(value[axis]!));
  const target = physical(shape, order);
  if (physical(placed.shape, placed.order).join() === target.join()) return { ...placed, shape, order };
  const layer = layers.reshape({ name: network.name(node), targetShape: target });
  return { kind: 'tensor', shape, order, symbol: network.apply(layer, [placed.symbol]) };
}

/**
 * Which size of a shape holds the batch, and what else it holds; undefined where none can. Whatever is chosen computes
 * each image as the graph computes one: the wrong choice is refused further on.
 */
function withBatch(x: Tensor, wanted: Size[], batch: number): (BatchPlace & { sizes: Size[] }) | undefined {
  const axis = batchAxis(x);
  const outside = elementCount(x.shape.slice(0, axis) as number[]);
  const said = wanted.findIndex(isBatch);
  const places = wanted.flatMap((size, at): BatchPlace[] => {
    if (said >= 0 && at !== said) return [];
    const before = outside / elementCount(wanted.slice(0, at) as number[]);
    const after = (isBatch(size) ? size.batches : size / batch) / before;
    return Number.isInteger(before) && Number.isInteger(after) ? [{ at, before, after }] : [];
  });
  const own = places.find(({ before }) => before === 1);
  // Channels are the last axis, which weights are multiplied with: tokens are rather joined with images, [T · N, D].
  const isChannels = own && own.after > 1 && own.at === wanted.length - 1;
  const found = (!own || isChannels ? places.findLast(({ before }) => before > 1) : undefined) ?? own;
  return found && { ...found, sizes: wanted };
}

function groupsOf(from: Size[], to: Size[]): Group[] | undefined {
  const groups: Group[] = [];
  let [i, j] = [0, 0];
  const one = (size: Size | undefined) => size === 1;
  while (i < from.length || j < to.length) {
    if (one(from[i])) groups.push({ from: [i++], to: [] });
    else if (one(to[j])) groups.push({ from: [], to: [j++] });
    else {
      const group: Group = { from: [], to: [] };
      const count = [1, 1];
      const batches = [0, 0];
      const take = (side: 0 | 1): boolean => {
        const [list, at] = side === 0 ? [from, i] : [to, j];
        const size = list[at];
        if (size === undefined) return false;
        count[side]! *= isBatch(size) ? size.batches : size;
        batches[side]! += isBatch(size) ? 1 : 0;
        group[side === 0 ? 'from' : 'to'].push(at);
        if (side === 0) i++;
        else j++;
        return true;
      };
      if (!take(0) || !take(1)) return undefined;
      while (count[0] !== count[1] || batches[0] !== batches[1]) {
        // Where the counts agree but the batch is on one side alone, the other has to go on.
        const side = count[0]! < count[1]! || (count[0] === count[1] && batches[0]! < batches[1]!) ? 0 : 1;
        if (!take(side)) return undefined;
      }
      groups.push(group);
    }
  }
  return groups;
}

/** Whether the axes of each group lie together in memory, in their order. */
function fits({ order, shape }: Tensor, groups: Group[]): boolean {
  const places = order.filter((axis) => shape[axis] !== 1);
  return groups.every(({ from }) => {
    const axes = from.filter((axis) => shape[axis] !== 1);
    const start = places.indexOf(axes[0]!);
    return axes.every((axis, index) => places[start + index] === axis);
  });
}

/** The order in memory that fits and is nearest to the present one, but that the new axis `next` follows the images. */
function together(x: Tensor, groups: Group[], next: number): number[] {
  const axis = batchAxis(x);
  const place = ({ from }: Group) => Math.min(...from.map((each) => x.order.indexOf(each)));
  const holdsBatch = ({ from }: Group) => from.includes(axis);
  const rank = (group: Group) => (holdsBatch(group) ? 0 : group.to.includes(next) ? 1 : 2);
  const sorted = [...groups]
    .filter(({ from }) => from.length > 0)
    .sort((a, b) => rank(a) - rank(b) || place(a) - place(b));
  return sorted.flatMap(({ from }) =>
    [...from].sort((a, b) => Number(b === axis) - Number(a === axis) || a - b),
  );
}

function newOrder(x: Tensor, groups: Group[], shape: Size[]): number[] {
  const done = new Set<Group>();
  const order: number[] = [];
  for (const axis of x.order) {
    const group = groups.find(({ from }) => from.includes(axis))!;
    if (done.has(group)) continue;
    done.add(group);
    order.push(...group.to);
  }
  const rest = groups.filter((group) => !done.has(group)).flatMap(({ to }) => to);
  // An axis of size 1 lies best beside the one before it.
  for (const axis of rest) {
    const before = order.indexOf(axis - 1);
    if (before >= 0) order.splice(before + 1, 0, axis);
    else if (shape[order[0]!] !== undefined) order.splice(1, 0, axis);
    else order.push(axis);
  }
  return order;
}
