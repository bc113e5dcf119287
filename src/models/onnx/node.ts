import { Failure } from '../../errors.js';
import type { OnnxAttribute, OnnxNode, OnnxTensor } from './messages.js';
import { numberOf } from './tensors.js';

/** A node with its attributes at hand. */
export interface Node {
  type: string;
  /** As error messages have it. */
  label: string;
  name: string;
  inputs: string[];
  outputs: string[];
  has(name: string): boolean;
  int(name: string, otherwise?: number): number;
  float(name: string, otherwise?: number): number;
  text(name: string, otherwise?: string): string;
  ints(name: string): number[] | undefined;
  floats(name: string): number[] | undefined;
  tensor(name: string): OnnxTensor | undefined;
  /** @returns the error that this node is not understood, and why */
  refuse(why: string): Failure;
}

export function readNode(node: OnnxNode, path: string): Node {
  const attributes = new Map(node.attribute.map((entry) => [entry.name, entry]));
  const name = node.name || node.output[0] || '';
  const label = `${node.op_type} '${name}'`;
  const refuse = (why: string) => new Failure(`${path}: ${label}: ${why}`);
  const required = <T>(key: string, value: (entry: OnnxAttribute) => T, otherwise: T | undefined): T => {
    const entry = attributes.get(key);
    if (entry) return value(entry);
    if (otherwise === undefined) throw refuse(`lacks the attribute ${key}`);
    return otherwise;
  };
  return {
    type: node.op_type,
    label,
    name,
    inputs: node.input,
    outputs: node.output,
    refuse,
    has: (key) => attributes.has(key),
    int: (key, otherwise) => required(key, ({ i }) => numberOf(i), otherwise),
    float: (key, otherwise) => required(key, ({ f }) => f, otherwise),
    text: (key, otherwise) => required(key, ({ s }) => new TextDecoder().decode(s), otherwise),
    ints: (key) => attributes.get(key)?.ints.map(numberOf),
    floats: (key) => attributes.get(key)?.floats,
    tensor: (key) => attributes.get(key)?.t ?? undefined,
  };
}
