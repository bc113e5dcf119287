import { layers } from '@tensorflow/tfjs-layers';
import { tensorInput } from './arguments.js';
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
  const shape: Size[] = [...x.shape.slice(0, 2), ...output];
  const padded = [[0, 0], ...pads, [0, 0]];
  const bare = pads.flat().every((count) => count === 0) && dilations.every((step) => step === 1);
  const max = node.type === 'MaxPool';
  if (bare) {
    const config = { name: network.name(node), poolSize: size, strides };
    const layer = max ? layers.maxPooling2d(config) : layers.averagePooling2d(config);
    return { ...x, shape, symbol: network.apply(layer, [x.symbol]) };
  }
  const countPadding = node.int('count_include_pad', 0) === 1;
  const window = { size, strides, dilations, pads: padded, extra };
  const attributes: Attributes = max ? window : { ...window, countPadding };
  return network.operation(node, max ? 'maxPool' : 'averagePool', attributes, [x], shape);
}

function lpPool(call: Call): Value {
  const { node, network } = call;
  const x = picture(call);
  const { size, strides, dilations, pads, output } = windowOf(node, x.size);
  if (dilations.some((step) => step > 1))
    throw node.refuse('is a dilated pooling of powers, which is not computed');
  const attributes = { size, strides, pads: [[0, 0], ...pads, [0, 0]], power: node.int('p', 2) };
  return network.operation(node, 'lpPool', attributes, [x], [...x.shape.slice(0, 2), ...output]);
}

/** Operators that look at a window. */
export const pooling: Handlers = { AveragePool: pooled, LpPool: lpPool, MaxPool: pooled };
