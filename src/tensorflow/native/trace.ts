import * as tf from '@tensorflow/tfjs-core';
import { numberOf, tfjsType, typedValues } from './dtypes.js';
import { isPixels } from '../pixels.js';
import { flatten, type Flattened } from '../structure.js';
import {
  type Attribute,
  castAttributes,
  type Engine,
  type NodeBackend,
  TF,
  type TensorEntry,
} from './engine.js';
import { ownData } from './own-data.js';
import { type Draws, watchRandomNumbers } from './random-numbers.js';
import { drawn, multinomial } from './random-operations.js';
import { type Recording, startRecording, type Value } from './recording.js';
import { unchanged } from './unchanged.js';

/** What a function did when it ran once on symbols: its operations, and where results and new variable values are. */
export interface Trace {
  recording: Recording;
  /** One for each leaf of the result. */
  outputs: Value[];
  result: Flattened;
  /** Variables that the function assigned, with their new values. */
  assigned: Map<tf.Variable, Value>;
  /** Large tensors of the surroundings, kept alive for the graph. */
  captured: tf.Tensor[];
  /** Variables that the function made. They hold no value yet: give them their first one and trace again. */
  created: { variable: tf.Variable; initial: Value }[];
  warnings: string[];
}

/** The access of in-place updates (`applyMomentum`) to the trace in progress. */
export interface ActiveTrace {
  update(op: string, attributes: Attribute[], variables: tf.Variable[], inputs: tf.Tensor[]): void;
}

/** Small captured tensors become constants of the graph, so that TensorFlow can compute shapes from them. */
const EMBED_UP_TO = 1024;
/** Symbolic ids lie below every id of the addon and below its "not uploaded" (−1). */
const FIRST_SYMBOL = -2;

let active: ActiveTrace | undefined;

/** The trace in progress, if there is one. */
export function activeTrace(): ActiveTrace | undefined {
  return active;
}

/**
 * Runs `fn` on symbols in place of the leaves of `args`: no operation is executed, every one is recorded. Once is
 * enough unless it draws very few random numbers. Variables among the arguments are handed over as they are.
 *
 * @throws when the function reads a value, or runs an operation whose output shape depends on data
 */
export function trace(
  engine: Engine,
  backend: NodeBackend,
  fn: (...args: never[]) => unknown,
  args: Flattened,
): Trace {
  const draws: Draws = [];
  for (;;) {
    const random = watchRandomNumbers(draws);
    const traced = traceOnce(engine, backend, fn, args, random);
    if (!random.unsure() || traced.created.length > 0) return traced;
    tf.dispose(traced.captured);
  }
}

function traceOnce(
  engine: Engine,
  backend: NodeBackend,
  fn: (...args: never[]) => unknown,
  args: Flattened,
  random: ReturnType<typeof watchRandomNumbers>,
): Trace {
  const recording = startRecording(engine);
  const symbols: Value[] = [];
  const known = new WeakMap<object, number>();
  const made = new WeakSet<object>();
  const variables = new Map<object, tf.Variable>();
  const before = new Map<tf.Variable, object>();
  const captured: tf.Tensor[] = [];
  const created: Trace['created'] = [];

  const symbol = (value: Value): number => {
    symbols.push(value);
    return FIRST_SYMBOL - (symbols.length - 1);
  };
  const valueOf = (id: number): Value => symbols[FIRST_SYMBOL - id]!;
  const asTensor = (value: Value): tf.Tensor => {
    const { dtype, shape } = checkedOutput(value);
    return backend.createOutputTensor({ id: symbol(value), dtype, shape });
  };

  /** The symbol of a tensor that was not computed inside the trace. */
  const capture = (tensor: { dataId: object }, entry: TensorEntry): number => {
    const variable = variables.get(tensor.dataId);
    if (variable) return symbol(recording.source({ kind: 'variable', variable }, entry.dtype, entry.shape));
    const dtype = tfjsType(entry.dtype);
    const size = entry.shape.reduce((product, side) => product * side, 1);
    if (size > EMBED_UP_TO && !made.has(tensor.dataId)) {
      if (entry.values) entry.id = original.binding.createTensor(entry.shape, entry.dtype, entry.values);
      entry.values = null;
      entry.refCount++;
      const kept = tf.engine().makeTensorFromTensorInfo({ dataId: tensor.dataId, shape: entry.shape, dtype });
      captured.push(tf.keep(kept));
      return symbol(recording.source({ kind: 'captured', tensor: kept }, entry.dtype, entry.shape));
    }
    const content = entry.values ?? original.binding.tensorDataSync(entry.id);
    const constant = { dtype: entry.dtype, shape: entry.shape, values: typedValues(content, entry.dtype) };
    return symbol(recording.constant(constant));
  };

  const original = {
    binding: backend.binding,
    getInputTensorIds: backend.getInputTensorIds,
    write: backend.write,
  };
  const idOf = (tensor: { dataId: object }): number => {
    const int64 = tensor as unknown as { valueArray?: Int32Array };
    if (int64.valueArray) {
      const values = BigInt64Array.from([BigInt(int64.valueArray[0]!)]);
      return symbol(recording.constant({ dtype: TF.INT64, shape: [], values }));
    }
    if ((tensor as tf.Tensor).isDisposed)
      throw new Error('compile: the function uses a tensor that was disposed of');
    const entry = backend.tensorMap.get(tensor.dataId);
    if (entry.id <= FIRST_SYMBOL) return entry.id;
    let id = known.get(tensor.dataId);
    if (id === undefined) known.set(tensor.dataId, (id = capture(tensor, entry)));
    return id;
  };
  const overrides: Partial<NodeBackend> = {
    getInputTensorIds: (tensors) => tensors.map(idOf),
    write(values, shape, dtype) {
      const dataId = original.write.call(backend, values, shape, dtype);
      made.add(dataId);
      if (ArrayBuffer.isView(values)) recogniseNow(dataId);
      return dataId;
    },
    binding: {
      ...allProperties(original.binding),
      executeOp(name, attributes, ids, count) {
        if (name === 'Multinomial' && unseeded(attributes)) {
          const value = multinomial(recording, ids.map(valueOf));
          return [{ id: symbol(value), dtype: TF.INT32, shape: checkedOutput(value).shape }];
        }
        const node = recording.add(name, attributes, ids.map(valueOf));
        return node.outputs.slice(0, count).map((_, output) => {
          const value = unchanged(node) ?? { node, output };
          const { dtype, shape } = checkedOutput(value);
          return { id: symbol(value), dtype, shape };
        });
      },
      createTensor(shape, dtype, values) {
        return symbol(recording.constant({ shape: [...shape], dtype, values: typedValues(values, dtype) }));
      },
      tensorDataSync(id) {
        const op = id <= FIRST_SYMBOL ? valueOf(id).node.op : 'a variable or a captured tensor';
        throw new Error(
          `compile: the function reads the value of ${op} (dataSync, data, arraySync or a branch on data); ` +
            'a compiled function may only compute with tensors',
        );
      },
      deleteTensor: (id) => void (id >= 0 && original.binding.deleteTensor(id)),
    },
  };
  // Random tensors must be recognised when they are written: the next one may come before this one is used.
  const recogniseNow = (dataId: object): void => {
    const entry = backend.tensorMap.get(dataId);
    if (!ArrayBuffer.isView(entry.values)) return;
    const constant = { dtype: entry.dtype, shape: entry.shape, values: entry.values };
    const found = random.recognise(constant);
    if (found) known.set(dataId, symbol(drawn(recording, found, entry.shape, entry.dtype)));
  };

  const updates: ActiveTrace = {
    update(op, attributes, targets, inputs) {
      // What is read of a variable later, but was taken from it before, is its value before.
      targets.forEach(idOf);
      const values = inputs.map(idOf).map(valueOf);
      const node = recording.update(op, attributes, targets, values);
      for (const variable of targets) {
        const next = asTensor(recording.after(node, variable, numberOf(variable.dtype)));
        variable.assign(next);
        next.dispose();
      }
    },
  };
  const tfjs = tf.engine();
  const makeVariable = tfjs.makeVariable.bind(tfjs);
  const noteVariable: typeof makeVariable = (value, ...rest) => {
    const variable = makeVariable(value, ...rest);
    created.push({ variable, initial: valueOf(idOf(variable)) });
    return variable;
  };
  tfjs.startScope('compile');
  try {
    for (const variable of Object.values(tfjs.registeredVariables)) {
      ownData(backend, variable);
      variables.set(variable.dataId, variable);
      before.set(variable, variable.dataId);
      const entry = backend.tensorMap.get(variable.dataId);
      // Assigning must not free the value that eager code goes on with.
      if (entry) entry.refCount++;
    }
    Object.assign(backend, overrides);
    tfjs.makeVariable = noteVariable;
    active = updates;
    const leaves = args.leaves.map((leaf, index) => {
      if (leaf instanceof tf.Variable) return leaf;
      const source = { kind: 'argument', index } as const;
      if (isPixels(leaf)) {
        const bytes = recording.source(source, TF.UINT8, leaf.shape);
        const cast = recording.add('Cast', castAttributes(TF.UINT8, TF.INT32), [bytes]);
        return asTensor({ node: cast, output: 0 });
      }
      return asTensor(recording.source(source, numberOf(leaf.dtype), leaf.shape));
    });
    const returned = fn(...(args.rebuild(leaves) as never[]));
    if (returned instanceof Promise) {
      returned.catch(() => undefined);
      throw new Error('compile: the function is async; a compiled function computes at once');
    }
    const result = flatten(returned);
    const outputs = result.leaves.map((leaf) => valueOf(idOf(leaf as tf.Tensor)));
    const assigned = new Map<tf.Variable, Value>();
    for (const [variable, dataId] of before) {
      if (variable.dataId !== dataId) assigned.set(variable, valueOf(idOf(variable)));
    }
    const warnings = random.frozen()
      ? ['the function calls Math.random(): its value is frozen into the graph']
      : [];
    return { recording, outputs, result, assigned, captured, created, warnings };
  } catch (error) {
    tf.dispose(captured);
    created.forEach(({ variable }) => variable.dispose());
    throw error;
  } finally {
    restoreVariables(backend, before);
    tfjs.endScope();
    delete (tfjs as Partial<typeof tfjs>).makeVariable;
    delete (backend as Partial<NodeBackend>).getInputTensorIds;
    delete (backend as Partial<NodeBackend>).write;
    backend.binding = original.binding;
    active = undefined;
    random.stop();
    recording.close();
  }
}

/** The addon's properties are not enumerable. */
function allProperties(binding: NodeBackend['binding']): NodeBackend['binding'] {
  const entries = Object.getOwnPropertyNames(binding).map((name) => [
    name,
    binding[name as keyof typeof binding],
  ]);
  return Object.fromEntries(entries) as NodeBackend['binding'];
}

/** Gives every variable its eager value back. */
function restoreVariables(backend: NodeBackend, before: Map<tf.Variable, object>): void {
  for (const [variable, dataId] of before) {
    const entry = backend.tensorMap.get(dataId);
    if (variable.dataId !== dataId) {
      tf.engine().disposeTensor(variable);
      variable.dataId = dataId;
      tf.engine().incRef(variable, tf.backend());
    }
    if (entry) entry.refCount--;
  }
}

/** Scratch space that a gradient operation takes over from its forward operation; nobody looks at its shape. */
const OPAQUE = new Set(['FusedBatchNormV3:5']);

function checkedOutput({ node, output }: Value): { dtype: number; shape: number[] } {
  const { dtype, shape } = node.outputs[output]!;
  if (OPAQUE.has(`${node.op}:${output}`)) return { dtype, shape: [0] };
  if (!shape || shape.some((side) => side < 0)) {
    throw new Error(
      `compile: the shape of the output of ${node.op} depends on data; a compiled function needs fixed shapes`,
    );
  }
  return { dtype, shape };
}

/** tfjs-node passes on a seed that stands for "none" as a number below 1, which the runtime cuts off to 0. */
function unseeded(attributes: readonly Attribute[]): boolean {
  return attributes.some(({ name, value }) => name === 'seed' && Math.trunc(value as number) === 0);
}
