import { arrange } from './arrange.js';
import { attention } from './attention.js';
import { convolve } from './convolve.js';
import { einsums } from './einsum.js';
import { elementwise } from './elementwise.js';
import type { Handler } from './handler.js';
import { make } from './make.js';
import { normalize } from './normalize.js';
import { pooling } from './pool.js';
import { product } from './product.js';
import { reduce } from './reduce.js';
import { resizing } from './resize.js';
import { scatter } from './scatter.js';
import { select } from './select.js';

export type { Call } from './handler.js';

const handlers = new Map<string, Handler>(
  [
    ...[arrange, attention, convolve, einsums, elementwise, make, normalize, pooling, product, reduce],
    ...[resizing, scatter, select],
  ].flatMap((family) => Object.entries(family)),
);

/** How a node of ONNX's own operators is turned into layers; undefined for one that is not known. */
export function handlerOf(type: string): Handler | undefined {
  return handlers.get(type);
}
