import type { Blocks } from './blocks.js';
import { bypasses, type Graph, plan, type Plan } from './graph.js';
import { findTarget, isPatchEmbedding } from './target-layer.js';
import { withTokenGrid } from './tokens-as-image.js';

/** A network in two, at its target layer. */
export interface Split {
  /** The target layer. */
  name: string;
  /** From the image to the layer's activations. */
  front: Plan;
  /** From there to the logits; undefined where another branch leads past the layer. */
  back: Plan | undefined;
  /** What leads past the layer to the logits, and both parts with that: empty, and as above, where nothing does. */
  past: number[];
  frontPast: Plan;
  backPast: Plan;
  /** What to know before one looks at the layer. */
  caution: string | undefined;
}

/**
 * @param found the blocks of a transformer, whose tokens then lie in a grid
 * @param layer name of the target layer; default: the last one with spatial output
 * @returns undefined where the network has no spatial layer
 * @throws InvalidInput where the named layer is missing or has no spatial output
 */
export function splitAtTarget(
  graph: Graph,
  found: Blocks | undefined,
  layer: string | undefined,
): Split | undefined {
  const gridded = withTokenGrid(graph, found, layer);
  const whole = gridded?.graph ?? graph;
  const target = gridded?.grid ?? findTarget(graph, layer);
  if (!target) return undefined;
  const seen = target.outputs[0]!;
  const name = gridded?.name ?? target.layer.name;
  const back = plan(whole, [seen], [whole.output]);
  const past = back ? [] : bypasses(whole, seen, whole.output);
  return {
    name,
    front: plan(whole, [graph.input], [seen])!,
    back,
    past,
    frontPast: plan(whole, [graph.input], [seen, ...past])!,
    backPast: plan(whole, [seen, ...past], [whole.output])!,
    caution:
      !gridded && layer === undefined && isPatchEmbedding(graph, target) ? patchesAlone(name) : undefined,
  };
}

function patchesAlone(name: string): string {
  return (
    `the target layer '${name}' cuts the image into patches, and where the tokens of the layers behind it lie in the ` +
    'image is not known: its maps do not see what these layers find; methods that need no layer do'
  );
}
