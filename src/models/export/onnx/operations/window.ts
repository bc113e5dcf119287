import { Failure } from '../../../../errors.js';
import { asImage, settled } from '../arrange.js';
import { imageOrder, type Value } from '../value.js';
import type { Attributes } from '../writer.js';
import {
  isConstant,
  node,
  number,
  numbers,
  valueOf,
  written,
  type Constant,
  type OperationCall,
  type OperationExports,
} from './call.js';

const order = imageOrder.channelsLast;

/** The first argument as [N, C, H, W]. */
function image(call: OperationCall): Value {
  return settled(call.use.writer, asImage(call.use.writer, valueOf(call, 0), 'channelsLast'));
}

/** [top, left, bottom, right] of pads that are given for each axis of tfjs, without what the ceiling alone adds. */
function padsOf(call: OperationCall): number[] {
  const pads = call.attributes['pads'] as [number, number][];
  const extra = (call.attributes['extra'] ?? [0, 0]) as [number, number];
  return [pads[1]![0], pads[2]![0], pads[1]![1] - extra[0], pads[2]![1] - extra[1]];
}

function pooled(operator: 'AveragePool' | 'MaxPool' | 'LpPool') {
  return (call: OperationCall): Value => {
    const { layer, shape } = call.use;
    const dilations = (call.attributes['dilations'] ?? [1, 1]) as number[];
    const isDilated = dilations.some((step) => step > 1);
    if (isDilated && operator === 'AveragePool')
      throw new Failure(`layer '${layer.name}': a dilated average pooling cannot be written in opset 17`);
    const extra = (call.attributes['extra'] ?? [0, 0]) as number[];
    const attributes: Attributes = {
      kernel_shape: numbers(call, 'size'),
      strides: numbers(call, 'strides'),
      pads: padsOf(call),
      ...(isDilated && { dilations }),
      ...(extra.some((size) => size > 0) && { ceil_mode: 1 }),
      ...(operator === 'AveragePool' && { count_include_pad: Number(call.attributes['countPadding']) }),
      ...(operator === 'LpPool' && { p: number(call, 'power') }),
    };
    return { name: node(call, operator, [image(call).name], attributes), shape, order };
  };
}

interface Resizing {
  mode: string;
  how: string;
  nearest?: string;
  scales: number[];
  coefficient?: number;
  excludeOutside?: boolean;
}

function resized(
  call: OperationCall,
  { mode, how, nearest, scales, coefficient, excludeOutside }: Resizing,
): Value {
  const { writer, shape } = call.use;
  const x = image(call);
  const factors = scales.map((scale, axis) => exactly(scale, x.shape[axis + 1]!, shape[axis + 1]!));
  const name = node(call, 'Resize', [x.name, '', writer.floats([1, 1, ...factors])], {
    mode,
    coordinate_transformation_mode: how,
    nearest_mode: nearest,
    ...(mode === 'cubic' && coefficient !== undefined && { cubic_coeff_a: { float: coefficient } }),
    ...(excludeOutside && { exclude_outside: 1 }),
  });
  return { name, shape, order };
}

/** The scale in single precision, a little larger where the size would be rounded down to one less. */
function exactly(scale: number, from: number | null, to: number | null): number {
  const single = Math.fround(scale);
  if (from === null || to === null || Math.floor(Math.fround(from * single)) === to) return single;
  return Math.fround(single * (1 + 2e-7));
}

function resize(call: OperationCall): Value {
  const { layer } = call.use;
  if (call.attributes['antialias'])
    throw new Failure(`layer '${layer.name}': resizing with antialiasing cannot be written in opset 17`);
  const { mode, how, scales, coefficient, excludeOutside } = call.attributes as unknown as Resizing;
  if (how === 'half_pixel_symmetric')
    throw new Failure(`layer '${layer.name}': resizing with ${how} cannot be written in opset 17`);
  return resized(call, { mode, how, scales, coefficient, excludeOutside });
}

/** As checkpoints of before have it. */
function ofSize(mode: 'linear' | 'nearest') {
  return (call: OperationCall): Value => {
    const { alignCorners, halfPixels } = call.attributes;
    const how = alignCorners ? 'align_corners' : halfPixels ? 'half_pixel' : 'asymmetric';
    const from = call.arguments[0]!.shape;
    const scales = numbers(call, 'size').map((size, axis) => size / from[axis + 1]!);
    return resized(call, { mode, how, scales, ...(mode === 'nearest' && { nearest: 'floor' }) });
  };
}

function kernelOf(call: OperationCall): Constant {
  const kernel = call.arguments[1]!;
  if (!isConstant(kernel)) throw new Error('a kernel that depends on the image');
  return { ...kernel, label: 'weight' };
}

function biasOf(call: OperationCall): string[] {
  const bias = call.arguments[2];
  return isConstant(bias) ? [written(call, { ...bias, label: 'bias' })] : [];
}

function conv(call: OperationCall): Value {
  const { shape } = call.use;
  const kernel = written(call, kernelOf(call), [3, 2, 0, 1]);
  const attributes = {
    kernel_shape: kernelOf(call).shape.slice(0, 2),
    strides: numbers(call, 'strides'),
    dilations: numbers(call, 'dilations'),
    pads: padsOf(call),
    group: number(call, 'groups'),
  };
  return { name: node(call, 'Conv', [image(call).name, kernel, ...biasOf(call)], attributes), shape, order };
}

function depthwise(call: OperationCall): Value {
  const { shape } = call.use;
  const given = kernelOf(call);
  const [kh, kw, channels, multiplier] = given.shape as [number, number, number, number];
  // [kh, kw, C, m] has the order of [kh, kw, 1, C · m].
  const kernel = written(call, { ...given, shape: [kh, kw, 1, channels * multiplier] }, [3, 2, 0, 1]);
  const attributes = {
    kernel_shape: [kh, kw],
    strides: numbers(call, 'strides'),
    dilations: numbers(call, 'dilations'),
    pads: padsOf(call),
    group: channels,
  };
  return { name: node(call, 'Conv', [image(call).name, kernel, ...biasOf(call)], attributes), shape, order };
}

function convTranspose(call: OperationCall): Value {
  const { shape } = call.use;
  const x = image(call);
  const given = kernelOf(call);
  const kernel = written(call, given, [3, 2, 0, 1]);
  const [strides, whole] = [numbers(call, 'strides'), numbers(call, 'size')];
  const dilations = (call.attributes['dilations'] ?? [1, 1]) as number[];
  const [top, left, height, width] = numbers(call, 'crop') as [number, number, number, number];
  const computed = strides.map(
    (stride, axis) => (x.shape[axis + 1]! - 1) * stride + (given.shape[axis]! - 1) * dilations[axis]! + 1,
  );
  const attributes = {
    kernel_shape: given.shape.slice(0, 2),
    strides,
    dilations,
    pads: [top, left, whole[0]! - top - height, whole[1]! - left - width],
    output_padding: whole.map((size, axis) => size - computed[axis]!),
    group: number(call, 'groups'),
  };
  return { name: node(call, 'ConvTranspose', [x.name, kernel, ...biasOf(call)], attributes), shape, order };
}

/** What looks at a window of an image, or changes its size. */
export const windows: OperationExports = {
  averagePool: pooled('AveragePool'),
  conv,
  convTranspose,
  depthwiseConv: depthwise,
  lpPool: pooled('LpPool'),
  maxPool: pooled('MaxPool'),
  resize,
  resizeBilinear: ofSize('linear'),
  resizeNearest: ofSize('nearest'),
  upsample: (call) =>
    resized(call, { mode: 'nearest', how: 'asymmetric', nearest: 'floor', scales: numbers(call, 'factors') }),
};
