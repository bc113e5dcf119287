import type { OnnxNode } from '../messages.js';
import type { ExternalBytes } from '../tensors.js';
import type { Value } from '../values.js';
import { gelu } from './gelu.js';
import { layerNorm } from './layer-norm.js';
import { surroundings } from './graph-context.js';
import { swish } from './swish.js';

const patterns = [swish, gelu, layerNorm];

/**
 * Swish, GELU and layer norm that exporters write out in two to nine nodes, as one node each: they train faster, and
 * keep less for the gradient. What fits no pattern stays as it is.
 *
 * @param nodes in the order in which they are computed
 * @param initializers by name
 * @param output the name of the graph's output
 */
export function fuseNodes(
  nodes: OnnxNode[],
  initializers: ReadonlyMap<string, Value>,
  output: string,
  external: ExternalBytes,
): OnnxNode[] {
  const around = surroundings(nodes, initializers, output, external);
  const dropped = new Set<OnnxNode>();
  const made = new Map<OnnxNode, OnnxNode>();
  for (const node of nodes) {
    for (const pattern of patterns) {
      const found = pattern(node, around);
      if (!found || [...found.parts, found.last].some((part) => dropped.has(part) || made.has(part)))
        continue;
      found.parts.forEach((part) => dropped.add(part));
      const { last, type, input, attribute = [] } = found;
      made.set(last, { ...last, op_type: type, domain: '', input, attribute });
    }
  }
  return nodes.filter((node) => !dropped.has(node)).map((node) => made.get(node) ?? node);
}
