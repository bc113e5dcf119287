import type { Node, Value } from './recording.js';
import { shapeOf, valueOf } from './uses.js';

/**
 * What an operation leaves as it is: a reshape to the shape that was there before, a cast to the type that is there
 * already (the gradient of tf.clone and of products is one). They would keep operations from being fused, and from staying
 * in a low precision.
 */
export function unchanged(node: Node): Value | undefined {
  return node.op === 'Cast' ? withoutCast(node) : node.op === 'Reshape' ? withoutReshapes(node) : undefined;
}

function withoutCast(node: Node): Value | undefined {
  return valueOf(node, 'SrcT') === valueOf(node, 'DstT') ? node.inputs[0] : undefined;
}

function withoutReshapes({ inputs, outputs }: Node): Value | undefined {
  let before = inputs[0]!;
  while (before.node.op === 'Reshape') before = before.node.inputs[0]!;
  const known = [shapeOf(before), outputs[0]!.shape];
  if (known.some((shape) => !shape || shape.includes(-1))) return undefined;
  return known[0]!.join() === known[1]!.join() ? before : undefined;
}
