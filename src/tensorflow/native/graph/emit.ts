import type * as tf from '@tensorflow/tfjs-core';
import { type AddOperation, type Attribute, type Engine, type Endpoint } from '../runtime/engine.js';
import { opDefinitions } from '../runtime/op-definitions.js';
import { isRing } from '../ring/ring.js';
import type { Source } from '../trace/recording.js';
import type { Trace } from '../trace/trace.js';
import { precisionOf } from './autocast.js';
import { nodeEmitter } from './emit-node.js';
import { emissionPlan, type EmitOptions } from './plan.js';
import { handleAttributes, variableAccess } from './variable-access.js';

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
    const plan = emissionPlan(trace, options);
    const types = precisionOf(add, options, plan.folds, variables.noteReader);
    const { emit, endOf } = nodeEmitter({ add, types, variables, input, plan });
    plan.nodes.forEach(emit);
    // One write may change two variables.
    const writes = new Set([...trace.assigned.values()].map((node) => endOf({ node, output: 0 })[0]));
    // A function may not hand an input back as its output: hence the identities.
    const outputs = trace.outputs.map((value): Endpoint => [
      add('Identity', [types.float32(endOf(value))]),
      0,
    ]);
    const inputEnds = inputs.map(({ end }) => end);
    engine.addFunction(graph, name, inputEnds, outputs, [...writes]);
    return {
      name,
      inputs: inputs.map(({ source }) => source),
      resident: [...plan.resident],
      communicates: plan.nodes.some((node) => isRing(node) || node.op.startsWith('Collective')),
    };
  } finally {
    engine.deleteGraph(graph);
  }
}
