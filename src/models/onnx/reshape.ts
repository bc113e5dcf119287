import { layers } from '@tensorflow/tfjs-layers';
import { elementCount } from '../manifest.js';
import { sizeOf, type Network } from './network.js';
import type { Node } from './node.js';
import { batchAxis, isBatch, shapeText, type Size, type Tensor } from './values.js';

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
export function reshapeTensor(network: Network, node: Node, x: Tensor, wanted: Size[]): Tensor {
  const shape = withBatch(x, wanted, network.batch);
  if (!shape)
    throw node.refuse(
      `reshapes ${shapeText(x.shape)} to ${shapeText(wanted)}, which mixes the images of a batch`,
    );
  const groups = groupsOf(x.shape, shape);
  if (!groups)
    throw node.refuse(
      `reshapes ${shapeText(x.shape)} to ${shapeText(shape)}, which does not hold as many values`,
    );
  const placed = fits(x, groups) ? x : network.place(x, together(x, groups));
  if (!fits(placed, groups))
    throw node.refuse(
      `reshapes ${shapeText(x.shape)} to ${shapeText(shape)}, which mixes the images of a batch`,
    );
  const order = newOrder(placed, groups, shape);
  if (order[0] !== shape.findIndex(isBatch)) {
    throw node.refuse(
      `reshapes ${shapeText(x.shape)} to ${shapeText(shape)}, which mixes the images of a batch`,
    );
  }
  const physical = (value: Size[], axes: number[]) => axes.slice(1).map((axis) => sizeOf(value[axis]!));
  const target = physical(shape, order);
  const [before, after] = [x.shape[batchAxis(x)], shape[order[0]]] as { batches: number }[];
  if (before!.batches !== after!.batches) {
    return network.operation(node, 'reshape', { shape: [-1, ...target] }, [placed], shape, order) as Tensor;
  }
  if (physical(placed.shape, placed.order).join() === target.join()) return { ...placed, shape, order };
  const layer = layers.reshape({ name: network.name(node), targetShape: target });
  return { kind: 'tensor', shape, order, symbol: network.apply(layer, [placed.symbol]) };
}

/** The shape with its batch; undefined where none of its sizes can be it. */
function withBatch(x: Tensor, wanted: Size[], batch: number): Size[] | undefined {
  if (wanted.some(isBatch)) return wanted;
  const axis = batchAxis(x);
  const plain = x.shape.map((size) => (isBatch(size) ? size.batches * batch : size));
  const sizes = wanted as number[];
  const prefix = elementCount(plain.slice(0, axis));
  const found = sizes.findIndex(
    (size, at) => elementCount(sizes.slice(0, at)) === prefix && size % batch === 0,
  );
  return found < 0 ? undefined : sizes.map((size, at) => (at === found ? { batches: size / batch } : size));
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

/** The order in memory that fits and is nearest to the present one. */
function together(x: Tensor, groups: Group[]): number[] {
  const axis = batchAxis(x);
  const place = ({ from }: Group) => Math.min(...from.map((each) => x.order.indexOf(each)));
  const holdsBatch = ({ from }: Group) => from.includes(axis);
  const sorted = [...groups]
    .filter(({ from }) => from.length > 0)
    .sort((a, b) => Number(holdsBatch(b)) - Number(holdsBatch(a)) || place(a) - place(b));
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
