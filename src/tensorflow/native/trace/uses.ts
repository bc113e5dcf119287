import type { Constant } from '../runtime/engine.js';
import type { Node, Value } from './recording.js';

/** One use of a node: which of its outputs, and by whom (nobody: it is a result of the function). */
export interface Use {
  output: number;
  by: Node | undefined;
}

/** Every use of every node, in the order of the users. */
export type Uses = (node: Node) => readonly Use[];

/**
 * @param nodes those that are needed
 * @param outputs the results of the function
 */
export function usesOf(nodes: readonly Node[], outputs: readonly Value[]): Uses {
  const uses = new Map<Node, Use[]>();
  const note = ({ node, output }: Value, by?: Node): void => {
    const known = uses.get(node);
    if (known) known.push({ output, by });
    else uses.set(node, [{ output, by }]);
  };
  for (const node of nodes) for (const input of node.inputs) note(input, node);
  for (const output of outputs) note(output);
  return (node) => uses.get(node) ?? [];
}

/** The nodes that have to be done before a node: its inputs, and the writes that it follows. */
export function needsOf({ inputs, reads, writes = [] }: Node): Node[] {
  const writesBefore = [reads?.after, ...writes.map(({ after }) => after)];
  return [...inputs.map(({ node }) => node), ...writesBefore.filter((node) => node !== undefined)];
}

/** An attribute's value. */
export function valueOf({ attributes }: Partial<Pick<Node, 'attributes'>>, name: string): unknown {
  return attributes?.find((attribute) => attribute.name === name)?.value;
}

/** The shape of a value; undefined where it is not known, or there is no value. */
export function shapeOf(value: Value | undefined): number[] | undefined {
  return value?.node.outputs[value.output]?.shape ?? undefined;
}

/** Whether a shape is known, all sides of it, and holds something. */
export function isFilled(shape: readonly number[] | undefined): boolean {
  return shape !== undefined && shape.every((side) => side > 0);
}

/** The constant that a value is; undefined where it is none. */
export function constantOf(value: Value | undefined): Constant | undefined {
  return value?.node.op === 'Const' ? (valueOf(value.node, 'value') as Constant) : undefined;
}
