/** A piece of a tensor: elements from `begin` on. */
export interface Piece {
  tensor: number;
  begin: number;
  size: number;
}

/** Where a tensor is cut, in elements: TensorFlow then takes a piece as a view, and copies nothing. */
const ALIGNED = 16;

/**
 * Puts tensors together into buckets of about the same size. Buckets are filled from the last tensor on: gradients in
 * the order of the forward pass become ready in the opposite one. Putting together copies, so a tensor of half a bucket
 * or more travels by itself; one of four buckets or more is cut.
 *
 * @param sizes elements of each tensor
 * @param bucket elements of a bucket, at least 1
 * @returns buckets in about the order in which they become ready; no piece is in two of them
 */
export function buckets(sizes: readonly number[], bucket: number): Piece[][] {
  const result: Piece[][] = [];
  let open: Piece[] = [];
  let filled = 0;
  const close = (): void => {
    if (open.length > 0) result.push(open);
    open = [];
    filled = 0;
  };
  for (let tensor = sizes.length - 1; tensor >= 0; tensor--) {
    const size = sizes[tensor]!;
    if (size >= bucket / 2) {
      result.push(...cut(size, bucket).map(([begin, end]) => [{ tensor, begin, size: end - begin }]));
    } else if (size > 0) {
      open.push({ tensor, begin: 0, size });
      filled += size;
      if (filled >= bucket) close();
    }
  }
  close();
  return result;
}

/** The pieces of a large tensor: of about two buckets each, where it has four or more. */
function cut(size: number, bucket: number): [begin: number, end: number][] {
  const pieces = size < 4 * bucket ? 1 : Math.floor(size / (2 * bucket));
  const length = Math.ceil(size / pieces / ALIGNED) * ALIGNED;
  return Array.from({ length: Math.ceil(size / length) }, (_, at) => [
    at * length,
    Math.min(size, (at + 1) * length),
  ]);
}

/**
 * Tensors that travel together and need not be put together: from the last one on, whole, until they have the size of a
 * bucket.
 *
 * @param sizes elements of each tensor
 * @param bucket elements of a bucket, at least 1
 * @returns numbers of tensors that are not empty, in about the order in which they become ready
 */
export function groups(sizes: readonly number[], bucket: number): number[][] {
  const result: number[][] = [];
  let filled = bucket;
  for (let tensor = sizes.length - 1; tensor >= 0; tensor--) {
    if (sizes[tensor] === 0) continue;
    if (filled >= bucket) {
      result.push([]);
      filled = 0;
    }
    result.at(-1)!.push(tensor);
    filled += sizes[tensor]!;
  }
  return result;
}
