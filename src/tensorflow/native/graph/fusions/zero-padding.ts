import type { Node, Operation, Value } from '../../trace/recording.js';
import { constantOf } from '../../trace/uses.js';

/**
 * Rows and columns of zeros around images as the operation that TensorFlow makes a part of the convolution behind it. It
 * does so with other axes, too, and then forgets them: these stay.
 */
export function zeroPadding({ op, inputs, attributes }: Node): Operation | undefined {
  if (op !== 'PadV2') return undefined;
  const [x, paddings, filling] = inputs as [Value, Value, Value];
  const [around, value] = [paddings, filling].map(
    (input) => constantOf(input)?.values as ArrayLike<number> | undefined,
  );
  const isAroundImages =
    around?.length === 8 && [0, 1, 6, 7].every((index) => around[index] === 0) && Object.is(value?.[0], 0);
  return isAroundImages ? { op: 'Pad', attributes, inputs: [x, paddings] } : undefined;
}
