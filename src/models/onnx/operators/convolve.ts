import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { constantInput, numbers, tensorInput } from './arguments.js';
import type { Node } from '../node.js';
import { picture } from './pool.js';
import { reshaped } from './reshaped.js';
import { isBatch, type Constant, type Size, type Tensor, type Value } from '../values.js';
import { windowOf, type Window } from '../window.js';
import { denseLayer } from './product.js';
import type { Call, Handlers } from './handler.js';

function conv(call: Call): Value {
  const { node, network, inputs } = call;
  const kernel = constantInput(call, 1);
  const bias = inputs[2] && constantInput(call, 2);
  const [given] = inputs;
  if (given?.kind === 'constant' && given.shape.length === 4) return ofConstant(call, given, kernel, bias);
  const rank = tensorInput(call, 0).shape.length;
  if (kernel.shape.length === 3 && rank === 3) return conv1d(call);
  if (kernel.shape.length !== 4 || rank !== 4) throw node.refuse('is no convolution over two axes');
  const x = picture(call);
  const [filters, depth, kh, kw] = kernel.shape as [number, number, number, number];
  const groups = node.int('group', 1);
  const channels = x.shape[1] as number;
  if (depth * groups !== channels || filters % groups !== 0) {
    throw node.refuse(
      `has filters [${kernel.shape.join(', ')}] in ${groups} groups for ${channels} channels`,
    );
  }
  const window = windowOf(node, x.size, [kh, kw]);
  const shape: Size[] = [x.shape[0]!, filters, ...window.output];
  const transposed = (order: number[]) => () => tf.transpose(tf.tensor(kernel.read(), kernel.shape), order);
  const weights = [...(bias ? [() => tf.tensor1d(bias.read())] : [])];
  const bare = window.pads.flat().every((count) => count === 0);
  // A kernel that is computed (standardized, say) is trained through that computation.
  const isMade = kernel.made !== undefined || bias?.made !== undefined;
  if (x.size.every((side) => side === 1) && kh * kw === 1 && groups === 1 && bare && !isMade) {
    const flat: Tensor = { ...x, shape };
    return { ...flat, symbol: denseLayer(call, flat, filters, transposed([2, 3, 1, 0]), bias, [kernel]) };
  }
  const dilates = window.dilations.some((step) => step > 1);
  const depthwise = groups > 1 && groups === channels;
  // tfjs's own depthwise layer knows of dilation, and does not dilate.
  if ((dilates || isMade) && depthwise) return dilatedDepthwise(call, x, window, shape, kernel, bias);
  if (groups > 1 && !depthwise) return grouped(call, x, window, shape, kernel, bias);
  if (dilates || isMade) return grouped(call, x, window, shape, kernel, bias);
  const name = network.name(node, [kernel, bias]);
  const [symbol, padding] = padded(call, x, window, name);
  const common = {
    name,
    kernelSize: [kh, kw] as [number, number],
    strides: window.strides,
    dilationRate: window.dilations,
    padding,
    useBias: bias !== undefined,
    trainable: !(depthwise && isBlur(kernel)),
  };
  const layer = depthwise
    ? layers.depthwiseConv2d({ ...common, depthMultiplier: filters / channels })
    : layers.conv2d({ ...common, filters });
  // A depthwise kernel is [kh, kw, C, multiplier]; ONNX has the multiplier within the channel.
  const read = transposed([2, 3, depthwise ? 0 : 1, depthwise ? 1 : 0]);
  return { ...x, shape, symbol: network.apply(layer, [symbol], [read, ...weights]) };
}

/**
 * Whether a depthwise kernel smooths before a stride (BlurPool): the same for every channel, positive, with the sum 1. It is
 * no parameter, but exporters write it like one.
 */
function isBlur({ shape, read }: Constant): boolean {
  const [filters, , kh, kw] = shape as [number, number, number, number];
  const [values, size] = [read(), kh * kw];
  if (filters === 1 || size === 1) return false;
  const sum = values.subarray(0, size).reduce((total, value) => total + value, 0);
  return Math.abs(sum - 1) < 1e-5 && values.every((value, at) => value > 0 && value === values[at % size]);
}

/** The input with zeros around it, where tfjs's 'same' is something else. */
function padded(
  { network }: Call,
  x: Tensor,
  { pads, size, dilations, strides }: Window,
  name: string,
): [Tensor['symbol'], 'same' | 'valid'] {
  if (pads.flat().every((count) => count === 0)) return [x.symbol, 'valid'];
  const same = pads.every(
    ([before, after], axis) =>
      strides[axis] === 1 && before === after && 2 * before === (size[axis]! - 1) * dilations[axis]!,
  );
  if (same) return [x.symbol, 'same'];
  const layer = layers.zeroPadding2d({ name: `${name}_pad`, padding: pads });
  return [network.apply(layer, [x.symbol]), 'valid'];
}

/** How a kernel moves, as the operations of convolutions have it: padding for each axis of [N, H, W, C]. */
function movesOf({ strides, dilations, pads }: Window) {
  return { strides, dilations, pads: [[0, 0], ...pads, [0, 0]] };
}

function grouped(
  call: Call,
  x: Tensor,
  window: Window,
  shape: Size[],
  kernel: Constant,
  bias: Constant | undefined,
): Value {
  const { node, network } = call;
  const groups = node.int('group', 1);
  const inPlace = network.operation(node, 'transpose', { order: [2, 3, 1, 0] }, [kernel], []);
  const attributes = { ...movesOf(window), groups };
  return network.operation(node, 'conv', attributes, [x, inPlace, ...(bias ? [bias] : [])], shape, x.order);
}

/** A convolution of what does not depend on the image, such as positions that are computed: computed once a step. */
function ofConstant(call: Call, x: Constant, kernel: Constant, bias: Constant | undefined): Value {
  const { node, network } = call;
  const size = x.shape.slice(2) as [number, number];
  const window = windowOf(node, size, kernel.shape.slice(2) as [number, number]);
  const turned = (value: Value, order: number[]) =>
    network.operation(node, 'transpose', { order }, [value], []);
  const attributes = { ...movesOf(window), groups: node.int('group', 1) };
  const operands = [turned(x, [0, 2, 3, 1]), turned(kernel, [2, 3, 1, 0]), ...(bias ? [bias] : [])];
  return turned(network.operation(node, 'conv', attributes, operands, []), [0, 3, 1, 2]);
}

function dilatedDepthwise(
  call: Call,
  x: Tensor,
  window: Window,
  shape: Size[],
  kernel: Constant,
  bias: Constant | undefined,
): Value {
  const { node, network } = call;
  const [filters, , kh, kw] = kernel.shape as [number, number, number, number];
  const channels = x.shape[1] as number;
  const rows = network.operation(node, 'transpose', { order: [2, 3, 0, 1] }, [kernel], []);
  const inPlace = network.operation(
    node,
    'reshape',
    { shape: [kh, kw, channels, filters / channels] },
    [rows],
    [],
  );
  const operands = [x, inPlace, ...(bias ? [bias] : [])];
  return network.operation(node, 'depthwiseConv', movesOf(window), operands, shape, x.order);
}

/** A convolution over one axis, as one over two of which the second is 1. */
function conv1d(call: Call): Value {
  const { node } = call;
  const kernel = constantInput(call, 1);
  const x = tensorInput(call, 0);
  const second: Record<string, number> = { kernel_shape: 1, strides: 1, dilations: 1 };
  const ints: Node['ints'] = (name) => {
    const given = node.ints(name);
    if (name === 'pads' && given?.length === 2) return [given[0]!, 0, given[1]!, 0];
    return given && second[name] !== undefined ? [...given, second[name]] : given;
  };
  const wide = reshaped(call, x, [...x.shape, 1]);
  const flat = { ...kernel, shape: [...kernel.shape, 1] };
  const y = conv({ ...call, node: { ...node, ints }, inputs: [wide, flat, call.inputs[2]] });
  return reshaped(call, y, y.shape.slice(0, 3));
}

function convTranspose(call: Call): Value {
  const { node, network, inputs } = call;
  const x = picture(call);
  const kernel = constantInput(call, 1);
  const [channels, each, kh, kw] = kernel.shape as [number, number, number, number];
  const groups = node.int('group', 1);
  if (channels !== x.shape[1] || channels % groups !== 0)
    throw node.refuse(`has filters [${kernel.shape.join(', ')}] for ${x.shape[1] as number} channels`);
  const strides = (node.ints('strides') ?? [1, 1]) as [number, number];
  const dilations = node.ints('dilations') ?? [1, 1];
  const more = node.ints('output_padding') ?? [0, 0];
  const whole = x.size.map(
    (side, axis) => (side - 1) * strides[axis]! + ([kh, kw][axis]! - 1) * dilations[axis]! + 1 + more[axis]!,
  );
  const pads = transposedPads(node, whole, x.size, strides);
  const output = whole.map((side, axis) => side - pads[axis]! - pads[axis + 2]!);
  if (output.some((side) => side < 1)) throw node.refuse('gives an empty picture');
  if (pads.some((count) => count < 0)) throw node.refuse('gives a larger picture than it computes');
  // [C in, C out / groups, kh, kw] to [kh, kw, C out / groups, C in].
  const inPlace = network.operation(node, 'transpose', { order: [2, 3, 1, 0] }, [kernel], []);
  const attributes = { strides, dilations, groups, size: whole, crop: [pads[0]!, pads[1]!, ...output] };
  const bias = inputs[2] ? [inputs[2]] : [];
  return network.operation(
    node,
    'convTranspose',
    attributes,
    [x, inPlace, ...bias],
    [x.shape[0]!, each * groups, ...output],
    x.order,
  );
}

/**
 * Patches put back to where they were cut from, and added where they overlap (torch's fold): a transposed convolution, each
 * channel an image of its own, whose kernel puts every value of a patch at its place.
 */
function col2im(call: Call): Value {
  const { node } = call;
  const x = tensorInput(call, 0);
  const size = numbers(call, 1, 'image_shape');
  const patch = numbers(call, 2, 'block_shape');
  const [images, depth, columns] = x.shape;
  if (size?.length !== 2 || patch?.length !== 2 || !images || !isBatch(images) || images.before !== undefined)
    throw node.refuse('is not over two axes of images');
  const strides = node.ints('strides') ?? [1, 1];
  const dilations = node.ints('dilations') ?? [1, 1];
  const pads = node.ints('pads') ?? [0, 0, 0, 0];
  const room = size.map(
    (side, axis) => side + pads[axis]! + pads[axis + 2]! - (patch[axis]! - 1) * dilations[axis]! - 1,
  );
  const grid = room.map((steps, axis) => Math.floor(steps / strides[axis]!) + 1);
  const values = patch[0]! * patch[1]!;
  const channels = (depth as number) / values;
  if (!Number.isInteger(channels) || grid[0]! * grid[1]! !== columns)
    throw node.refuse(
      `has ${columns as number} patches of ${depth as number} values for [${grid.join(', ')}] of ${values} a channel`,
    );
  const left = room.map((steps, axis) => steps % strides[axis]!);
  const ints: Node['ints'] = (name) => (name === 'output_padding' ? left : node.ints(name));
  const kernel: Constant = {
    kind: 'constant',
    type: 'float',
    shape: [values, 1, ...patch],
    read: () => Float32Array.from({ length: values ** 2 }, (_, at) => Number(at % (values + 1) === 0)),
  };
  const alone = reshaped(call, x, [{ batches: images.batches * channels }, values, ...grid]);
  const whole = convTranspose({ ...call, node: { ...node, ints }, inputs: [alone, kernel] });
  return reshaped(call, whole, [images, channels, ...size]);
}

/** What is cut off before and after, along the height and then the width: [top, left, bottom, right]. */
function transposedPads(
  node: Node,
  whole: number[],
  picture: [number, number],
  strides: [number, number],
): number[] {
  const auto = node.text('auto_pad', 'NOTSET');
  const same = auto === 'SAME_UPPER' || auto === 'SAME_LOWER';
  const wanted =
    node.ints('output_shape')?.slice(-2) ??
    (same ? picture.map((side, axis) => side * strides[axis]!) : undefined);
  if (!wanted) return auto === 'VALID' ? [0, 0, 0, 0] : (node.ints('pads') ?? [0, 0, 0, 0]);
  const all = whole.map((side, axis) => side - wanted[axis]!);
  const less = all.map((count) => Math.floor(count / 2));
  const more = all.map((count, axis) => count - less[axis]!);
  return auto === 'SAME_UPPER' ? [...less, ...more] : [...more, ...less];
}

/** Convolutions. */
export const convolve: Handlers = { Col2Im: col2im, Conv: conv, ConvTranspose: convTranspose };
