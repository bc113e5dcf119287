import type { Node, Value } from './recording.js';
import { shapeOf } from './uses.js';

/** What reshapes to the shape that was there before them leave as it is: they would keep operations from being fused. */
export function unchanged({ op, inputs, outputs }: Node): Value | undefined {
  if (op !== 'Reshape') return undefined;
  let before = inputs[0]!;
  while (before.node.op === 'Reshape') before = before.node.inputs[0]!;
  const known = [shapeOf(before), outputs[0]!.shape];
  if (known.some((shape) => !shape || shape.includes(-1))) return undefined;
  return known[0]!.join() === known[1]!.join() ? before : undefined;
}
