import type * as tf from '@tensorflow/tfjs-core';
import type { Precision } from '../../compile.js';
import {
  type Attribute,
  type Constant,
  type Engine,
  type Endpoint,
  type OutputInfo,
  TF,
} from '../runtime/engine.js';
import { opDefinitions } from '../runtime/op-definitions.js';

/** One output of a recorded node. */
export interface Value {
  node: Node;
  output: number;
}

/** Where a value that is not computed comes from. */
export type Source =
  | { kind: 'argument'; index: number }
  | { kind: 'variable'; variable: tf.Variable }
  | { kind: 'captured'; tensor: tf.Tensor }
  | { kind: 'seed' };

/** One recorded step: an operation, or a source. */
export interface Node {
  index: number;
  op: string;
  attributes: Attribute[];
  inputs: Value[];
  outputs: OutputInfo[];
  /** Its own precision, whatever the function was asked for. */
  precision?: Precision;
  source?: Source;
  /** The node reads what this write left in the variable. */
  reads?: { variable: tf.Variable; after: Node };
  /** The node changes these variables where they live; their handles stand before `inputs`. */
  writes?: Write[];
}

/** What of a node tells the operation. */
export type Operation = Pick<Node, 'op' | 'attributes' | 'inputs'>;

/** What is emitted in place of a recorded node. */
export interface Fused {
  /** Of our own, in this order; inputs may be outputs of the node itself that an operation before gives. */
  operations: Operation[];
  /** For each output of the node, which operation gives it and as which of its own outputs. */
  outputs: Readonly<Record<number, readonly [operation: number, output: number]>>;
}

/** A version of a variable: what a node makes of it, and the write that made the version before (none: the call). */
export interface Write {
  variable: tf.Variable;
  after: Node | undefined;
}

/** A function as a list of operations, in the order in which it ran them. */
export interface Recording {
  nodes: Node[];
  add(op: string, attributes: readonly Attribute[], inputs: readonly Value[]): Node;
  /** What is added while `fn` runs has that precision. */
  inPrecision<T>(precision: Precision, fn: () => T): T;
  constant(constant: Constant): Value;
  source(source: Source, dtype: number, shape: readonly number[]): Value;
  /** An operation that changes variables in place. */
  write(op: string, attributes: readonly Attribute[], writes: Write[], inputs: Value[]): Node;
  /** The value of a variable right after a write. */
  readAfter(write: Node, variable: tf.Variable, dtype: number): Value;
  /** Frees the graph that was kept for shapes; the recording stays usable. */
  close(): void;
}

/** Constants from this many elements on are looked at: one value repeated becomes a Fill, which costs no memory. */
const FILL_FROM = 64;

/** Starts an empty recording. TensorFlow itself infers types and shapes, by building the same graph along with it. */
export function startRecording(engine: Engine): Recording {
  const graph = engine.createGraph();
  const definitions = opDefinitions(engine, graph);
  const nodes: Node[] = [];
  let current: Precision | undefined;
  const operations: number[] = [];
  const endpoint = ({ node, output }: Value): Endpoint => [operations[node.index]!, output];

  const push = (
    node: Omit<Node, 'index' | 'outputs'>,
    op: string,
    attributes: Attribute[],
    inputs: Value[],
  ): Node => {
    const ends = inputs.map(endpoint);
    let built;
    try {
      built = engine.addOperation(
        graph,
        op,
        `${op}_${nodes.length}`,
        definitions.arrange(op, ends, attributes),
        attributes,
        [],
      );
    } catch (error) {
      throw new Error(`compile: op ${op} cannot become part of a graph: ${(error as Error).message}`);
    }
    const recorded: Node = {
      ...node,
      ...(current && { precision: current }),
      index: nodes.length,
      outputs: built.outputs,
    };
    operations[recorded.index] = built.operation;
    nodes.push(recorded);
    return recorded;
  };
  const placeholder = (
    node: Omit<Node, 'index' | 'outputs'>,
    dtype: number,
    shape: readonly number[],
  ): Value => {
    const attributes = [
      { name: 'dtype', type: TF.type, value: dtype },
      { name: 'shape', type: TF.shape, value: [...shape] },
    ];
    return { node: push({ ...node, attributes }, 'Placeholder', attributes, []), output: 0 };
  };
  const recording: Recording = {
    nodes,
    add(op, attributes, inputs) {
      const dtypes = inputs.map(({ node, output }) => node.outputs[output]!.dtype);
      const kept = definitions.typed(op, dtypes, attributes);
      return push({ op, attributes: kept, inputs: [...inputs] }, op, kept, [...inputs]);
    },
    inPrecision(precision, fn) {
      const outer = current;
      current = precision;
      try {
        return fn();
      } finally {
        current = outer;
      }
    },
    constant(constant) {
      const filled = constant.dtype !== TF.INT32 && repeated(constant);
      if (filled) {
        const shape = recording.constant({
          dtype: TF.INT32,
          shape: [constant.shape.length],
          values: Int32Array.from(constant.shape),
        });
        const value = recording.constant({ ...constant, shape: [], values: filled });
        return { node: recording.add('Fill', [], [shape, value]), output: 0 };
      }
      const attributes = [
        { name: 'dtype', type: TF.type, value: constant.dtype },
        { name: 'value', type: TF.tensor, value: constant },
      ];
      return { node: recording.add('Const', attributes, []), output: 0 };
    },
    source(source, dtype, shape) {
      return placeholder({ op: source.kind, attributes: [], inputs: [], source }, dtype, shape);
    },
    write(op, attributes, writes, inputs) {
      const node: Node = {
        index: nodes.length,
        op,
        attributes: [...attributes],
        inputs,
        outputs: [],
        writes,
      };
      nodes.push(node);
      return node;
    },
    readAfter(write, variable, dtype) {
      const reads = { variable, after: write };
      return placeholder({ op: 'read', attributes: [], inputs: [], reads }, dtype, variable.shape);
    },
    close: () => engine.deleteGraph(graph),
  };
  return recording;
}

/** The one element that a large constant repeats, as a typed array of length 1. */
export function repeated({ values }: Pick<Constant, 'values'>): ArrayBufferView | undefined {
  const array = values as unknown as Float32Array;
  const first = array[0];
  if (array.length < FILL_FROM || !array.every((value) => Object.is(value, first))) return undefined;
  return array.slice(0, 1);
}
