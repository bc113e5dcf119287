import type { OnnxNode } from './messages.js';
import type { Constant, Value } from './values.js';

/** MatMul nodes whose product only a bias is added to, and the Add nodes that so have nothing left to do. */
export interface LinearNodes {
  get(node: OnnxNode): Constant | undefined;
  /** For each Add that is done already: the name of what the MatMul gave. */
  skipped: Map<OnnxNode, string>;
}

/** Finds x·W + b written as two nodes: one dense layer. */
export function matMulWithBias(
  nodes: OnnxNode[],
  values: ReadonlyMap<string, Value>,
  output: string,
): LinearNodes {
  const folded = transposedWeights(nodes, values);
  const users = new Map<string, OnnxNode[]>();
  for (const node of nodes)
    for (const name of node.input) users.set(name, [...(users.get(name) ?? []), node]);
  const biases = new Map<OnnxNode, Constant>();
  const skipped = new Map<OnnxNode, string>();
  for (const node of nodes) {
    const [product] = node.output;
    if (node.op_type !== 'MatMul' || product === undefined || product === output) continue;
    const units = folded.get(node.input[1] ?? '');
    const [add, ...others] = users.get(product) ?? [];
    if (add?.op_type !== 'Add' || others.length > 0 || units === undefined) continue;
    const bias = values.get(add.input.find((name) => name !== product) ?? '');
    if (bias?.kind !== 'constant' || bias.shape.length !== 1 || bias.shape[0] !== units) continue;
    biases.set(node, bias);
    skipped.set(add, product);
  }
  return { get: (node) => biases.get(node), skipped };
}

/** The units of matrices of weights, those that a node transposes first among them, by name. */
function transposedWeights(nodes: OnnxNode[], values: ReadonlyMap<string, Value>): Map<string, number> {
  const matrix = (name: string) => {
    const value = values.get(name);
    return value?.kind === 'constant' && value.shape.length === 2 ? value.shape : undefined;
  };
  const found = new Map<string, number>();
  for (const name of values.keys()) {
    const shape = matrix(name);
    if (shape) found.set(name, shape[1]!);
  }
  for (const { op_type, input, output } of nodes) {
    const shape = matrix(input[0] ?? '');
    if (op_type === 'Transpose' && shape) found.set(output[0]!, shape[0]!);
  }
  return found;
}
