import { nearestPixels, resizePlaces, type ResizeRule } from '../resize-weights.js';
import { constant, type Size, type Value } from '../values.js';
import { axisOf, constantInput, input } from './arguments.js';
import type { Call, Handlers } from './handler.js';
import { picture } from './pool.js';

/** The new height and width, and by how much they are scaled. */
interface Target {
  size: [number, number];
  scales: [number, number];
}

/** A picture with its channels last, or a parameter in the form of one, such as positions. */
interface Picture {
  value: Value;
  /** As ONNX has it. */
  shape: Size[];
  size: [number, number];
}

function resize(call: Call): Value {
  const given = input(call, 0);
  if (given.kind === 'tensor') {
    const x = picture(call);
    return resized(call, { value: x, shape: x.shape, size: x.size });
  }
  const { node, network } = call;
  if (given.shape.length !== 4) throw node.refuse('resizes what is no picture');
  const moved = (value: Value, order: number[]): Value =>
    network.operation(
      node,
      'transpose',
      { order },
      [value],
      order.map((axis) => value.shape[axis]!),
    );
  const value = moved(given, [0, 2, 3, 1]);
  const [, , ...size] = given.shape as [number, number, number, number];
  const out = resized(call, { value, shape: given.shape, size });
  return out === value ? given : moved(out, [0, 3, 1, 2]);
}

function resized(call: Call, x: Picture): Value {
  const { node, network } = call;
  const { size, scales } = node.type === 'Upsample' ? scaled(call, x, 1) : target(call, x);
  const shape: Size[] = [...x.shape.slice(0, 2), ...size];
  const mode = node.text('mode', 'nearest');
  const how =
    node.type === 'Upsample' ? 'asymmetric' : node.text('coordinate_transformation_mode', 'half_pixel');
  if (!resizePlaces.includes(how) || !['nearest', 'linear', 'cubic'].includes(mode))
    throw node.refuse(
      `resizes with ${mode}, ${how}; computed are nearest, linear and cubic, ${resizePlaces.join(', ')}`,
    );
  if (size.every((side, axis) => side === x.size[axis] && scales[axis] === 1)) return x.value;
  if (mode === 'nearest') {
    const rounding = node.type === 'Upsample' ? 'floor' : node.text('nearest_mode', 'round_prefer_floor');
    return nearest(call, x, { size, scales }, { mode, how, rounding });
  }
  const antialias = node.int('antialias', 0) === 1;
  const attributes = {
    ...{ size, scales, mode, how, antialias },
    coefficient: node.float('cubic_coeff_a', -0.75),
    excludeOutside: node.int('exclude_outside', 0) === 1,
  };
  return network.operation(node, 'resize', attributes, [x.value], shape);
}

function nearest(
  { node, network }: Call,
  x: Picture,
  { size, scales }: Target,
  rule: Pick<ResizeRule, 'mode' | 'how' | 'rounding'>,
): Value {
  const pixels = size.map((to, axis) =>
    nearestPixels({ ...rule, from: x.size[axis]!, to, scale: scales[axis]! }),
  );
  const factors = size.map((side, axis) => side / x.size[axis]!);
  const repeats = pixels.every((list, axis) =>
    list.every((pixel, index) => pixel === Math.floor(index / factors[axis]!)),
  );
  if (repeats && factors.every(Number.isInteger)) {
    const shape: Size[] = [...x.shape.slice(0, 2), ...size];
    return network.operation(node, 'upsample', { factors }, [x.value], shape);
  }
  return pixels.reduce((value, list, axis) => {
    if (list.length === x.size[axis] && list.every((pixel, index) => pixel === index)) return value;
    const shape = x.shape.map((side, at) => (at >= 2 && at <= axis + 2 ? size[at - 2]! : side));
    return network.operation(
      node,
      'gather',
      { axis: axis + 1 },
      [value, constant('int', [list.length], list)],
      shape,
    );
  }, x.value);
}

function target(call: Call, x: Picture): Target {
  const { node, inputs } = call;
  const given = inputs[3] && constantInput(call, 3).items;
  if (!given) return scaled(call, x, 2);
  const all = given.length === x.shape.length && !node.has('axes') ? given.slice(2) : given;
  const axes = axesOf(call, all.length);
  const wanted = x.size.map((side, axis) =>
    axes.includes(axis) ? (all[axes.indexOf(axis)] as number) : side,
  );
  const policy = node.text('keep_aspect_ratio_policy', 'stretch');
  const ratios = axes.map((axis) => wanted[axis]! / x.size[axis]!);
  const ratio = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
  const size =
    policy === 'stretch'
      ? wanted
      : x.size.map((side, axis) => (axes.includes(axis) ? Math.floor(ratio * side + 0.5) : side));
  const scales = size.map((side, axis) =>
    policy === 'stretch' || !axes.includes(axis) ? side / x.size[axis]! : ratio,
  );
  return checked(call, size, scales);
}

function scaled(call: Call, x: { size: [number, number] }, input: number): Target {
  const given = call.inputs[input] ? [...constantInput(call, input).read()] : [];
  const all = given.length === 4 && !call.node.has('axes') ? given.slice(2) : given;
  const axes = axesOf(call, all.length);
  const scales = x.size.map((_, axis) => (axes.includes(axis) ? all[axes.indexOf(axis)]! : 1));
  const size = x.size.map((side, axis) => Math.floor(Math.fround(side * scales[axis]!)));
  return checked(call, size, scales);
}

/** Which of height (0) and width (1) are named, in the order of the node's numbers. */
function axesOf(call: Call, count: number): number[] {
  const axes = call.node.ints('axes')?.map((axis) => axisOf(call, axis, 4) - 2) ?? [0, 1];
  if (axes.length !== count || axes.some((axis) => axis < 0))
    throw call.node.refuse('does not say to what height and width');
  return axes;
}

function checked({ node }: Call, size: number[], scales: number[]): Target {
  if (!size.every((side) => Number.isInteger(side) && side >= 1))
    throw node.refuse('does not say to what size');
  return { size: size as [number, number], scales: scales as [number, number] };
}

/** Operators that change a picture's size. */
export const resizing: Handlers = { Resize: resize, Upsample: resize };
