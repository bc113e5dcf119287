import type * as tf from '@tensorflow/tfjs-core';
import type { Precision } from '../../compile.js';
import { numberOf } from '../runtime/dtypes.js';
import {
  type AddOperation,
  type Attribute,
  type Engine,
  type Endpoint,
  typeAttribute,
  TF,
} from '../runtime/engine.js';
import { batchNormFolder, batchNormsBesideTanh, foldableBatchNorms } from './fusions/fold-batch-norm.js';
import { type Fusions, fusions } from './fusions/fuse.js';
import { precisionOf } from './autocast.js';
import { opDefinitions } from '../runtime/op-definitions.js';
import { isPointwiseGradient, pointwiseGradient } from './fusions/pointwise.js';
import type { Gains } from '../runtime/processor.js';
import type { Node, Source, Value } from '../trace/recording.js';
import { isRing } from '../ring.js';
import type { Trace } from '../trace/trace.js';

/** What a function must be given: a value, or the handle of a variable that it changes. */
export type Input = Source | { kind: 'handle'; variable: tf.Variable };

/** A function of the eager context, and what it must be given. */
export interface EmittedFunction {
  name: string;
  /** One for each input of the function, in order. */
  inputs: Input[];
  /** Variables that live in the runtime: the function reads and writes them there. */
  resident: tf.Variable[];
  /** Whether it meets other ranks. */
  communicates: boolean;
}

export interface EmitOptions {
  precision: Precision;
  /** Gains on a CPU, where the convolution then fuses with what follows; cuDNN's batch norm is as fast as its bias. */
  foldBatchNorms: boolean;
  /** Whether TensorFlow knows the operations of batch-norm.cc, which are a CPU's. */
  fused: boolean;
  /** Which further ones the processor is faster with. */
  gains: Gains;
}

/**
 * Turns a recording into a function of TensorFlow: only what results and assignments need; variables that are assigned
 * as resources, whose handles are inputs; precision as asked.
 *
 * @throws with the op's name when TensorFlow refuses it
 */
export function emit(engine: Engine, name: string, trace: Trace, options: EmitOptions): EmittedFunction {
  const graph = engine.createGraph();
  try {
    const { arrange } = opDefinitions(engine, graph);
    let count = 0;
    const add: AddOperation = (op, ends, attributes = [], controls = []) => {
      const label = `${op}_${count++}`;
      const inputs = arrange(op, ends, attributes);
      return engine.addOperation(graph, op, label, inputs, attributes, [...controls]).operation;
    };
    const inputs: { source: Input; end: Endpoint }[] = [];
    const input = (source: Input, attributes: Attribute[]): number => {
      const placeholder = add('Placeholder', [], attributes);
      inputs.push({ source, end: [placeholder, 0] });
      return placeholder;
    };
    const variables = variableAccess(add, (variable) =>
      input({ kind: 'handle', variable }, handleAttributes(variable)),
    );
    const nodes = neededNodes(trace);
    const folds = options.foldBatchNorms ? foldableBatchNorms(nodes, trace.outputs) : new Map<Node, Node>();
    const types = precisionOf(add, options, folds, variables.noteReader);
    const ends = new Map<Node, (output: number) => Endpoint>();
    const endOf = ({ node, output }: Value): Endpoint => ends.get(node)!(output);
    const inPrecision = (node: Node): Precision => node.precision ?? options.precision;
    const single = (operation: number) => (): Endpoint => [operation, 0];
    const resident = new Set(nodes.flatMap(({ writes = [] }) => writes.map(({ variable }) => variable)));
    const foldedAway = new Set(folds.values());
    const besideTanh = options.foldBatchNorms
      ? batchNormsBesideTanh(nodes, trace.outputs, options.precision)
      : new Set<Node>();
    const { fused, gone, normed } = options.fused
      ? fusions(nodes, trace.outputs, options.precision, folds, options.gains)
      : noFusions();
    const emitter = { add, constant: constants(add), place: types.place };
    const batchNorm = batchNormFolder(emitter);
    let lastOfRing: number[] = [];

    for (const node of nodes) {
      const { source, reads, writes } = node;
      const convolution = folds.get(node);
      const fusion = fused.get(node);
      if (foldedAway.has(node) || gone.has(node)) continue;
      if (convolution) {
        const statistics = node.inputs.slice(1).map((value) => types.float32(endOf(value)));
        const operands = convolution.inputs.map(endOf);
        const own = normed.get(node);
        const folded = own
          ? batchNorm.within(node, { ...convolution, ...own.operation }, statistics, operands)
          : batchNorm.folded(node, convolution, statistics, operands);
        for (const given of [node, own?.relu]) if (given) ends.set(given, single(folded));
      } else if (fusion) {
        const placed: number[] = [];
        ends.set(node, (output) => {
          const [operation, index] = fusion.outputs[output]!;
          return [placed[operation]!, index];
        });
        const { precision } = node;
        for (const operation of fusion.operations) {
          const judged = { ...operation, outputs: node.outputs, ...(precision && { precision }) };
          placed.push(types.place(judged, operation.inputs.map(endOf)));
        }
      } else if (besideTanh.has(node)) {
        const [x, ...statistics] = node.inputs.map((value) => types.float32(endOf(value)));
        ends.set(node, single(batchNorm.apart(node, statistics, x!)));
      } else if (source?.kind === 'variable' && resident.has(source.variable)) {
        ends.set(node, single(variables.read(source.variable)));
      } else if (source) {
        ends.set(node, single(input(source, placeholderAttributes(node))));
      } else if (writes) {
        const given = node.inputs.map((value) => types.float32(endOf(value)));
        const changed = writes.map(({ variable }) => variable);
        const handles = changed.map(variables.handle);
        const write = add(node.op, [...handles, ...given], node.attributes, variables.waits(changed, given));
        variables.noteWrite(changed, write);
        ends.set(node, single(write));
      } else if (reads) {
        const [write] = ends.get(reads.after)!(0);
        ends.set(node, single(variables.readAgain(reads.variable, write)));
      } else if (options.fused && inPrecision(node) === 'bfloat16' && isPointwiseGradient(node)) {
        ends.set(node, single(pointwiseGradient(emitter, node, node.inputs.map(endOf))));
      } else {
        // Those of the ring one at a time, in the same order on all ranks: they have one connection, each takes a thread.
        const operation = types.place(node, node.inputs.map(endOf), isRing(node) ? lastOfRing : []);
        if (isRing(node)) lastOfRing = [operation];
        ends.set(node, (output) => [operation, output]);
      }
    }
    const controls = [...trace.assigned.values()].map((write) => ends.get(write)!(0)[0]);
    // A function may not hand an input back as its output: hence the identities.
    const outputs = trace.outputs.map((value): Endpoint => [
      add('Identity', [types.float32(endOf(value))]),
      0,
    ]);
    const inputEnds = inputs.map(({ end }) => end);
    // One write may change two variables.
    engine.addFunction(graph, name, inputEnds, outputs, [...new Set(controls)]);
    return {
      name,
      inputs: inputs.map(({ source }) => source),
      resident: [...resident],
      communicates: nodes.some((node) => isRing(node) || node.op.startsWith('Collective')),
    };
  } finally {
    engine.deleteGraph(graph);
  }
}

function noFusions(): Fusions {
  return { fused: new Map(), gone: new Set(), normed: new Map() };
}

/** The nodes that results and assignments need, in recorded order. */
function neededNodes({ outputs, assigned }: Trace): Node[] {
  const needed = new Set<Node>();
  const open = [...outputs.map(({ node }) => node), ...assigned.values()];
  for (let node = open.pop(); node; node = open.pop()) {
    if (needed.has(node)) continue;
    needed.add(node);
    open.push(...node.inputs.map((value) => value.node));
    if (node.reads) open.push(node.reads.after);
    for (const { after } of node.writes ?? []) if (after) open.push(after);
  }
  return [...needed].sort((a, b) => a.index - b.index);
}

/** Resource variables inside the function: one handle and one first read each, who uses what was read, and who wrote. */
function variableAccess(add: AddOperation, handleInput: (variable: tf.Variable) => number) {
  const handles = new Map<tf.Variable, number>();
  const firstReads = new Map<tf.Variable, number>();
  const reads = new Map<tf.Variable, number[]>();
  const readers = new Map<number, Set<number>>();
  const writes = new Map<tf.Variable, number>();
  const handle = (variable: tf.Variable): Endpoint => {
    if (!handles.has(variable)) handles.set(variable, handleInput(variable));
    return [handles.get(variable)!, 0];
  };
  const readAgain = (variable: tf.Variable, after?: number): number => {
    const dtype = typeAttribute('dtype', numberOf(variable.dtype));
    const operation = add('ReadVariableOp', [handle(variable)], [dtype], after === undefined ? [] : [after]);
    reads.set(variable, [...(reads.get(variable) ?? []), operation]);
    readers.set(operation, new Set());
    return operation;
  };
  return {
    handle,
    readAgain,
    read(variable: tf.Variable): number {
      if (!firstReads.has(variable)) firstReads.set(variable, readAgain(variable));
      return firstReads.get(variable)!;
    },
    noteReader: (from: Endpoint, reader: number): void => void readers.get(from[0])?.add(reader),
    noteWrite: (changed: readonly tf.Variable[], operation: number): void =>
      changed.forEach((variable) => writes.set(variable, operation)),
    /**
     * A write waits for the one before it, and until everybody who reads the old value is done: then no copy of that
     * has to be kept.
     */
    waits(changed: readonly tf.Variable[], given: readonly Endpoint[]): Set<number> {
      const operations = changed.flatMap((variable) => reads.get(variable) ?? []);
      const waits = new Set(operations.flatMap((read) => [read, ...readers.get(read)!]));
      for (const variable of changed) if (writes.has(variable)) waits.add(writes.get(variable)!);
      given.forEach(([operation]) => waits.delete(operation));
      return waits;
    },
  };
}

/** Adds constants to a graph. */
function constants(add: AddOperation) {
  return (values: Float32Array | Int32Array, shape: number[]): Endpoint => {
    const dtype = values instanceof Float32Array ? TF.FLOAT : TF.INT32;
    const value = { name: 'value', type: TF.tensor, value: { dtype, shape, values } };
    return [add('Const', [], [typeAttribute('dtype', dtype), value]), 0];
  };
}

/** An input that takes the handle of a variable; its type and shape tell TensorFlow those of every read. */
function handleAttributes(variable: tf.Variable): Attribute[] {
  return [
    typeAttribute('dtype', TF.RESOURCE),
    { name: 'shape', type: TF.shape, value: [] },
    { name: '_handle_dtypes', type: TF.type, value: [numberOf(variable.dtype)] },
    { name: '_handle_shapes', type: TF.shape, value: [variable.shape] },
  ];
}

function placeholderAttributes({ outputs }: Node): Attribute[] {
  const { dtype, shape } = outputs[0]!;
  return [typeAttribute('dtype', dtype), { name: 'shape', type: TF.shape, value: shape }];
}
