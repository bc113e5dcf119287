/**
 * The values of a tensor with its axes in another order.
 *
 * @param values in C order of `shape`
 * @param order axis i of the result is axis order[i] of the tensor
 */
export function permute(
  values: Float32Array,
  shape: readonly number[],
  order: readonly number[],
): Float32Array {
  if (order.every((axis, position) => axis === position)) return values;
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const sizes = order.map((axis) => shape[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  const inner = sizes.at(-1)!;
  const innerStep = steps.at(-1)!;
  const result = new Float32Array(values.length);
  const place = sizes.map(() => 0);
  let from = 0;
  for (let to = 0; to < values.length; to += inner) {
    for (let index = 0; index < inner; index++) result[to + index] = values[from + index * innerStep]!;
    for (let axis = sizes.length - 2; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++place[axis]! < sizes[axis]!) break;
      from -= steps[axis]! * sizes[axis]!;
      place[axis] = 0;
    }
  }
  return result;
}
