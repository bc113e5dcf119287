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

/**
 * The items of a row that are one process's, where each takes whole batches: of so many batches one, the same as a
 * process alone has; what is left at the end is divided evenly. No process has none where there are enough items.
 *
 * @param items how many
 * @param batch items in a batch
 * @returns their places, in order
 */
export function batchesOf(items: number, batch: number, share: Share): number[] {
  const block = batch * share.size;
  return Array.from({ length: Math.ceil(items / block) }, (_, index) => index * block).flatMap((begin) => {
    const [from, to] = shareOf(Math.min(block, items - begin), share);
    return Array.from({ length: to - from }, (_, place) => begin + from + place);
  });
}
