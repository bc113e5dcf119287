import { Failure } from '../../errors.js';
import type { OnnxAttribute, OnnxFunction, OnnxModel, OnnxNode } from './messages.js';

/** More than any network has, functions unfolded. */
const mostNodes = 200_000;
const deepest = 50;

/**
 * The nodes of a model with its own functions written out, as the dynamo exporter of PyTorch has them.
 *
 * @throws Failure where functions call each other without end
 */
export function inlineFunctions({ graph, functions }: OnnxModel, path: string): OnnxNode[] {
  const known = new Map(functions.map((entry) => [`${entry.domain}:${entry.name}`, entry]));
  const nodes: OnnxNode[] = [];
  let calls = 0;

  const add = (node: OnnxNode, depth: number): void => {
    const called = known.get(`${node.domain}:${node.op_type}`);
    if (nodes.length > mostNodes) throw new Failure(`${path}: has more than ${mostNodes} nodes`);
    if (!called) return void nodes.push(node);
    if (depth > deepest || calls > mostNodes)
      throw new Failure(`${path}: its functions call each other without end, '${node.op_type}' among them`);
    const prefix = `${node.name || node.op_type}_${calls++}/`;
    const names = new Map<string, string>();
    called.input.forEach((name, index) => names.set(name, node.input[index] ?? ''));
    called.output.forEach((name, index) => names.set(name, node.output[index] ?? `${prefix}${name}`));
    const rename = (name: string) => (name === '' ? '' : (names.get(name) ?? `${prefix}${name}`));
    for (const inner of called.node)
      add(renamed(inner, rename, prefix, attributesOf(called, node)), depth + 1);
  };
  graph.node.forEach((node) => add(node, 0));
  return nodes;
}

function attributesOf(called: OnnxFunction, { attribute }: OnnxNode): Map<string, OnnxAttribute> {
  return new Map([...called.attribute_proto, ...attribute].map((entry) => [entry.name, entry]));
}

function renamed(
  node: OnnxNode,
  rename: (name: string) => string,
  prefix: string,
  given: Map<string, OnnxAttribute>,
): OnnxNode {
  const attribute = node.attribute.flatMap((entry) => {
    if (!entry.ref_attr_name) return [entry];
    const value = given.get(entry.ref_attr_name);
    return value ? [{ ...plain(value), name: entry.name }] : [];
  });
  return {
    ...plain(node),
    input: node.input.map(rename),
    output: node.output.map(rename),
    name: `${prefix}${node.name}`,
    attribute,
  };
}

/** The fields of a message, defaults of its prototype included. */
function plain<T extends object>(message: T): T {
  const copy: Record<string, unknown> = {};
  for (const key in message) copy[key] = message[key];
  return copy as T;
}
