import { bottlenecks } from './blocks.js';
import { entriesPerImage } from './entries.js';
import { operationOf, plan, stepsBehind, type Graph, type Origin, type Step } from './graph.js';

/** Fewer layers with weights on tokens are the end of a convolutional network (pooling by attention). */
const fewest = 4;

/** Whether a network works on tokens [N, T, D] behind a step: that one then cuts the image into patches. */
export function goesOnInTokens(graph: Graph, origin: Origin): boolean {
  return workOnTokens(stepsBehind(graph, origin));
}

function workOnTokens(steps: readonly Step[]): boolean {
  const weighing = steps.filter(
    ({ layer, shape }) => shape.length === 3 && shape[1] !== 1 && layer.weights.length > 0,
  );
  return weighing.length >= fewest;
}

/**
 * Tokens [N, T, D] to look at in a network whose last spatial layer cuts the image into patches, and that attends in
 * another way than a ViT (of channels, with the class token alone, with less queries, or not at all): what the last of its
 * attentions is made of, or the last tokens where it has none.
 *
 * @param target the last spatial step; the image where none sees it as a whole
 * @returns the best one first; none where the network is no such
 */
export function lastTokens(graph: Graph, target: Origin): Step[] {
  if (!goesOnInTokens(graph, target)) return [];
  const attentions = attentionsBehind(graph, target);
  // A single one at the end pools what a convolutional network found.
  if (attentions.length === 1) return [];
  const end = attentions.at(-1)?.outputs[0] ?? graph.output;
  const steps = plan(graph, [target.outputs[0]!], [end])?.steps ?? [];
  const narrow = bottlenecks(steps, { input: target.outputs[0]!, output: end });
  const entries = entriesPerImage(graph);
  // What a dense layer gives, such as queries and keys, are no tokens.
  return narrow
    .filter((at) => !workOnTokens(steps.slice(at + 1)))
    .map((at) => steps[at]!)
    .filter(
      ({ layer, shape, outputs }) =>
        shape.length === 3 &&
        shape[1] !== 1 &&
        entries.get(outputs[0]!) === 1 &&
        layer.getClassName() !== 'Dense',
    )
    .reverse();
}

/** The steps behind another one that give an attention, of whatever kind. */
export function attentionsBehind(graph: Graph, origin: Origin): Step[] {
  return stepsBehind(graph, origin).filter(isAttention);
}

/** A softmax over more than classes. */
function isAttention({ layer, shape }: Step): boolean {
  return shape.length > 2 && (layer.getClassName() === 'Softmax' || operationOf(layer) === 'softmax');
}
