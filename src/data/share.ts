/** Which part of all work is this process's. */
export interface Share {
  /** From 0. */
  rank: number;
  /** Processes among whom the work is divided. */
  size: number;
}

/**
 * The part of a row of items that is one process's: one piece, as long as the others' or one longer; where there are
 * fewer items than processes, some have none, but rank 0 always has one.
 *
 * @returns first item, and the one after the last
 */
export function shareOf(items: number, { rank, size }: Share): [from: number, to: number] {
  return [Math.ceil((rank * items) / size), Math.ceil(((rank + 1) * items) / size)];
}
