/** A piece of a tensor: elements from `begin` on. */
export interface Piece {
  tensor: number;
  begin: number;
  size: number;
}

/**
 * Puts tensors together into buckets of about the same size. Buckets are filled from the last tensor on: gradients in
 * the order of the forward pass become ready in the opposite one. A tensor of more than two buckets is cut.
 *
 * @param sizes elements of each tensor
 * @param bucket elements of a bucket, at least 1
 * @returns buckets in the order in which they become ready; no piece is in two of them
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
    const pieces = Math.max(1, Math.floor(sizes[tensor]! / bucket));
    const size = Math.ceil(sizes[tensor]! / pieces);
    for (let begin = 0; begin < sizes[tensor]!; begin += size) {
      const piece = { tensor, begin, size: Math.min(size, sizes[tensor]! - begin) };
      open.push(piece);
      filled += piece.size;
      if (filled >= bucket) close();
    }
  }
  close();
  return result;
}
