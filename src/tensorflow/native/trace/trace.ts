import * as tf from '@tensorflow/tfjs-core';
import type { Precision } from '../../compile.js';
import { isPixels } from '../../pixels.js';
import { flatten, type Flattened, hiddenTensors, type Leaf } from '../../structure.js';
import { numberOf } from '../runtime/dtypes.js';
import { eagerValues } from '../runtime/eager-values.js';
import { castAttributes, type Engine, type NodeBackend, TF } from '../runtime/engine.js';
import { ownData } from '../runtime/own-data.js';
import { watchRandomNumbers } from './random-numbers.js';
import { type Node, type Recording, startRecording, type Value } from './recording.js';
import { recordOn } from './backend.js';
import { type Created, traceState, type TraceState, watchCreated } from './state.js';
import { DISPOSED, type TraceValues, traceValues } from './values.js';

/** What a function did when it ran once on symbols: its operations, and where results and new variable values are. */
export interface Trace {
  recording: Recording;
  /** One for each leaf of the result. */
  outputs: Value[];
  result: Flattened;
  /** Variables that the function changed, with the write that left their final value. */
  assigned: Map<tf.Variable, Node>;
  /** Large tensors of the surroundings, kept alive for the graph. */
  captured: tf.Tensor[];
  /** What the function made to outlive the call: variables, and tensors that it kept. */
  created: Created[];
  /** Whether the function used this tensor of the surroundings. */
  uses(tensor: tf.Tensor): boolean;
  warnings: string[];
  /** What the function threw, if it did: then `created` is all that counts. */
  failure?: unknown;
}

/** The access of in-place updates (`applyMomentum`) to the trace in progress. */
export interface ActiveTrace {
  update: TraceState['update'];
  /** What is computed while `fn` runs is computed in that precision. */
  inPrecision<T>(precision: Precision, fn: () => T): T;
}

let active: ActiveTrace | undefined;

/** The trace in progress, if there is one. */
export function activeTrace(): ActiveTrace | undefined {
  return active;
}

/**
 * Runs `fn` on symbols in place of the leaves of `args`: no operation is executed, every one is recorded. Variables among
 * the arguments are handed over as they are. What the function throws is part of the result: it may have made variables
 * before.
 */
export function trace(
  engine: Engine,
  backend: NodeBackend,
  fn: (...args: never[]) => unknown,
  args: Flattened,
): Trace {
  const tfjs = tf.engine();
  const registered = Object.values(tfjs.registeredVariables);
  registered.forEach((variable) => ownData(backend, variable));
  const variables = new Map(registered.map((variable) => [variable.dataId, variable]));
  const before = eagerValues(backend);
  registered.forEach((variable) => before.hold(variable));
  const random = watchRandomNumbers();
  const recording = startRecording(engine);
  tfjs.startScope('compile');
  const values = traceValues(backend, backend.binding, recording, variables);
  const state = traceState(recording, values, before);
  const made = watchCreated(values, before);
  const computeAgain = recordOn(backend, recording, values, random.recognize);
  active = { update: state.update, inPrecision: recording.inPrecision };
  const { assigned } = state;
  const { captured, uses } = values;
  try {
    const leaves = args.leaves.map((leaf, index) => argument(recording, values, leaf, index));
    const result = flatten(checkedResult(fn(...(args.rebuild(leaves) as never[])), values));
    const outputs = result.leaves.map((leaf) => values.valueOf(asTensor(leaf)));
    state.settleAll();
    const created = made.created(result.leaves);
    const warnings = random.frozen()
      ? [
          'the function calls Math.random(), or lets tfjs do so (tf.rand, tf.util.shuffle): its value is frozen into the graph',
        ]
      : [];
    return { recording, outputs, result, assigned, captured, created, uses, warnings };
  } catch (thrown) {
    // Methods of tensors look for themselves.
    const isDisposed = thrown instanceof Error && thrown.message === 'Tensor is disposed.';
    const failure = isDisposed ? new Error(DISPOSED, { cause: thrown }) : thrown;
    const created = made.created([]);
    const nothing = { outputs: [], result: flatten(undefined), assigned: new Map<tf.Variable, Node>() };
    return { recording, ...nothing, captured, created, uses, warnings: [], failure };
  } finally {
    before.restore();
    tfjs.endScope();
    made.stop();
    computeAgain();
    active = undefined;
    random.stop();
    recording.close();
  }
}

/** What stands for an argument inside the function. */
function argument(recording: Recording, values: TraceValues, leaf: Leaf, index: number): tf.Tensor {
  if (leaf instanceof tf.Variable) return leaf;
  const source = { kind: 'argument', index } as const;
  if (!isPixels(leaf)) return values.asTensor(recording.source(source, numberOf(leaf.dtype), leaf.shape));
  const bytes = recording.source(source, TF.UINT8, leaf.shape);
  const cast = recording.add('Cast', castAttributes(TF.UINT8, TF.INT32), [bytes]);
  return values.asTensor({ node: cast, output: 0 });
}

/** @throws for a promise, and for tensors where `flatten` does not find them */
function checkedResult(returned: unknown, values: TraceValues): unknown {
  if (returned instanceof Promise) {
    returned.catch(() => undefined);
    throw new Error('compile: the function is async; a compiled function computes at once');
  }
  const hidden = hiddenTensors(returned).find(({ tensor }) => !tensor.isDisposed && values.isPending(tensor));
  if (!hidden) return returned;
  throw new Error(
    `compile: the function returns a tensor inside of an object of class ${hidden.holder}; ` +
      'it may return tensors in arrays, Maps and plain objects',
  );
}

function asTensor(leaf: Leaf): tf.Tensor {
  if (!isPixels(leaf)) return leaf;
  throw new Error('compile: the function returns bytes ({pixels, shape}); it may only return tensors');
}
