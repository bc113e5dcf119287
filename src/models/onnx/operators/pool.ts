import { layers } from '@tensorflow/tfjs-layers';
import { constantInput, tensorInput } from './arguments.js';
import { isBatch, type Attributes, type Size, type Tensor, type Value } from '../values.js';
import { windowOf } from '../window.js';
import type { Call, Handlers } from './handler.js';

/** The input as a picture with its channels last. */
export function picture(call: Call): Tensor & { size: [number, number] } {
  const x = tensorInput(call, 0);
  if (x.shape.length !== 4) throw call.node.refuse(`works on ${x.shape.length - 2} axes; two are computed`);
  const size = x.shape.slice(2);
  if (size.some(isBatch)) throw call.node.refuse('mixes the images of a batch');
  return { ...call.network.place(x, [0, 2, 3, 1]), size: size as [number, number] };
}

function pooled(call: Call): Value {
  const { node, network } = call;
  const x = picture(call);
  const { size, strides, dilations, pads, extra, output } = windowOf(node, x.size);
  if (dilations.some((step) => step > 1)) throw node.refuse('is a dilated pooling, which is not computed');
  const shape: Size[] = [...x.shape.slice(0, 2), ...output];
  const padded = [[0, 0], ...pads, [0, 0]];
  const bare = pads.flat().every((count) => count === 0);
  const max = node.type === 'MaxPool';
  if (bare) {
    const config = { name: network.name(node), poolSize: size, strides };
    const layer = max ? layers.maxPooling2d(config) : layers.averagePooling2d(config);
    return { ...x, shape, symbol: network.apply(layer, [x.symbol]) };
  }
  const countPadding = node.int('count_include_pad', 0) === 1;
  const attributes: Attributes = max
    ? { size, strides, pads: padded }
    : { size, strides, pads: padded, extra, countPadding };
  return network.operation(node, max ? 'maxPool' : 'averagePool', attributes, [x], shape);
}

function resize(call: Call): Value {
  const { node, network, inputs } = call;
  const x = picture(call);
  const upsample = node.type === 'Upsample';
  const scales = inputs[upsample ? 1 : 2] && constantInput(call, upsample ? 1 : 2);
  const sizes = inputs[3] && !upsample ? constantInput(call, 3).items : undefined;
  const factors = scales && scales.shape[0] === 4 ? [...scales.read()] : undefined;
  const size = (
    sizes ? sizes.slice(2) : x.size.map((side, axis) => Math.floor(side * (factors?.[axis + 2] ?? NaN)))
  ) as [number, number];
  if (!size.every((side) => Number.isInteger(side) && side >= 1))
    throw node.refuse('does not say to what size');
  const shape: Size[] = [...x.shape.slice(0, 2), ...size];
  const mode = node.text('mode', 'nearest');
  const how = upsample ? 'asymmetric' : node.text('coordinate_transformation_mode', 'half_pixel');
  const whole = size.map((side, axis) => side / x.size[axis]!);
  if (mode === 'nearest' && whole.every(Number.isInteger))
    return network.operation(node, 'upsample', { factors: whole }, [x], shape);
  const known = ['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric'].includes(how);
  if (!known || mode !== 'linear')
    throw node.refuse(`resizes with ${mode}, ${how}; computed are linear, and nearest by whole factors`);
  const attributes = { size, alignCorners: how === 'align_corners', halfPixels: how.endsWith('half_pixel') };
  return network.operation(node, 'resizeBilinear', attributes, [x], shape);
}

/** Operators that look at a window, or change a picture's size. */
export const pooling: Handlers = { AveragePool: pooled, MaxPool: pooled, Resize: resize, Upsample: resize };
