import { attributeType, type OnnxAttribute, type OnnxNode } from '../messages.js';
import type { GraphContext } from './graph-context.js';

/** What one node takes the place of. */
export interface PatternMatch {
  /** Nodes that have nothing left to do, without the last one. */
  parts: OnnxNode[];
  /** The last one: the new node stands at its place, and gives its output. */
  last: OnnxNode;
  type: string;
  input: string[];
  attribute?: OnnxAttribute[];
}

/** Looks whether a node is the one by which a pattern is recognized. */
export type Pattern = (node: OnnxNode, around: GraphContext) => PatternMatch | undefined;

/** The two inputs of a node, in both orders. */
export function bothWays({ input }: OnnxNode): [string, string][] {
  const [a = '', b = ''] = input;
  return [
    [a, b],
    [b, a],
  ];
}

/** Whether a number is another one but for the rounding of files. */
export function near(value: number | undefined, wanted: number): boolean {
  return value !== undefined && Math.abs(value - wanted) <= 1e-3 * Math.abs(wanted);
}

export function floatAttribute(name: string, f: number): OnnxAttribute {
  return { ...empty, name, type: attributeType.FLOAT, f };
}

const empty: OnnxAttribute = {
  name: '',
  type: 0,
  f: 0,
  i: 0,
  s: new Uint8Array(),
  t: null,
  g: null,
  floats: [],
  ints: [],
  strings: [],
  ref_attr_name: '',
};
