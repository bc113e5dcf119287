import { reshapeTensor } from '../reshape.js';
import { isBatch, type Size, type Value } from '../values.js';
import type { Call } from './handler.js';

/** Any value in another shape, without −1. */
export function reshaped({ node, network }: Call, x: Value, shape: Size[]): Value {
  if (x.kind === 'tensor') return reshapeTensor(network, node, x, shape);
  // Of what does not depend on the image there is one copy for the whole batch.
  const single = shape.map((size) => (isBatch(size) ? 1 : size));
  return network.operation(node, 'reshape', { shape: single }, [x], single);
}
