import { isRing } from '../ring/ring.js';
import type { Node } from '../trace/recording.js';
import { needsOf } from '../trace/uses.js';

/**
 * An order of a function's nodes in which calls of the ring, which run one after the other, wait for none without need:
 * ordered by how many others each needs before it, at the longest, then as recorded. Recorded, gradients come after the
 * whole backward pass, and so after all sums of synchronized norms in it. It follows from the function alone: all ranks
 * have the same.
 *
 * @param nodes in recorded order
 * @returns the same ones, each after all that it needs; as they were, where a call would go before a write that was
 *   recorded before it
 */
export function ringOrder(nodes: readonly Node[]): readonly Node[] {
  const recorded = nodes.filter(isRing);
  const depth = ringDepths(nodes);
  const calls = recorded.toSorted((a, b) => depth(a) - depth(b));
  if (calls.every((call, index) => call === recorded[index])) return nodes;
  const placed = new Set<Node>();
  let next = 0;
  for (const node of nodes) {
    if (!isRing(node)) placed.add(node);
    while (!placed.has(node)) {
      const early = missing(calls[next++]!, placed);
      if (early.some(({ writes }) => writes)) return nodes;
      early.forEach((each) => placed.add(each));
    }
  }
  return [...placed];
}

/** How many calls of the ring stand before a node, on the longest way to it. */
function ringDepths(nodes: readonly Node[]): (node: Node) => number {
  const depths = new Map<Node, number>();
  const depth = (node: Node): number => depths.get(node) ?? 0;
  for (const node of nodes)
    depths.set(node, Math.max(0, ...needsOf(node).map((need) => depth(need) + Number(isRing(need)))));
  return depth;
}

/** A node and all that it needs which has no place yet, in recorded order. */
function missing(node: Node, placed: ReadonlySet<Node>): Node[] {
  const found = new Set<Node>();
  const open = [node];
  for (let each = open.pop(); each; each = open.pop()) {
    if (found.has(each) || placed.has(each)) continue;
    found.add(each);
    open.push(...needsOf(each));
  }
  return [...found].sort((a, b) => a.index - b.index);
}
