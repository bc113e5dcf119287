import type { OnnxNode } from '../messages.js';
import { constantOf, type ExternalBytes } from '../tensors.js';
import type { Constant, Value } from '../values.js';

/** The graph around a node, as far as patterns look at it. */
export interface GraphContext {
  /** The node that gives a value. */
  maker(name: string): OnnxNode | undefined;
  /** The node of one type that gives a value, if that has one use, inside the graph. */
  only(name: string | undefined, type: string): OnnxNode | undefined;
  /** The node that is the one use of a value, if it is of that type. */
  user(name: string, type: string): OnnxNode | undefined;
  /** How often a value is used, the graph's output counted. */
  uses(name: string): number;
  /** A number that is known, be it an initializer or a Constant node; undefined for anything else. */
  scalar(name: string | undefined): number | undefined;
  /** Whether a value is an initializer with one axis. */
  isVector(name: string): boolean;
}

export function surroundings(
  nodes: readonly OnnxNode[],
  initializers: ReadonlyMap<string, Value>,
  output: string,
  external: ExternalBytes,
): GraphContext {
  const makers = new Map(nodes.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const users = new Map<string, OnnxNode[]>();
  for (const node of nodes)
    for (const name of node.input) users.set(name, [...(users.get(name) ?? []), node]);
  const uses = (name: string): number => (users.get(name)?.length ?? 0) + (name === output ? 1 : 0);
  const constant = (name: string): Constant | undefined => {
    const value = initializers.get(name);
    if (value) return value.kind === 'constant' ? value : undefined;
    const node = makers.get(name);
    const tensor = node?.op_type === 'Constant' && node.attribute.find(({ name }) => name === 'value')?.t;
    return tensor ? constantOf(tensor, name, external) : undefined;
  };
  return {
    maker: (name) => makers.get(name),
    only(name, type) {
      const node = name === undefined ? undefined : makers.get(name);
      return node?.op_type === type && uses(name!) === 1 ? node : undefined;
    },
    user(name, type) {
      const node = users.get(name)?.[0];
      return node?.op_type === type && uses(name) === 1 ? node : undefined;
    },
    uses,
    scalar(name) {
      const value = name === undefined ? undefined : constant(name);
      return value && value.shape.every((size) => size === 1) ? value.read()[0] : undefined;
    },
    isVector: (name) => initializers.get(name)?.shape.length === 1,
  };
}
