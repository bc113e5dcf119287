import * as tf from '@tensorflow/tfjs-core';
import { numberOf, tfjsType, typedValues } from './dtypes.js';
import type { Precision } from '../compile.js';
import { isPixels } from '../pixels.js';
import { flatten, type Flattened, hiddenTensors, type Leaf } from '../structure.js';
import {
  type Attribute,
  castAttributes,
  type Engine,
  type NodeBackend,
  TF,
  type TensorEntry,
  typeAttribute,
} from './engine.js';
import { eagerValues } from './eager-values.js';
import { ownData } from './own-data.js';
import { watchRandomNumbers } from './random-numbers.js';
import { drawn, multinomial } from './random-operations.js';
import { type Node, type Recording, repeated, startRecording, type Value } from './recording.js';
import { isSymbol, newSymbol } from './symbols.js';
import { unchanged } from './unchanged.js';

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

/** A variable or a kept tensor that came into being in a trace. */
export interface Created {
  tensor: tf.Tensor;
  /** What it is to start with, where that must be computed first. */
  initial: Value | undefined;
  /** A tensor that the function both kept and returned. */
  isReturned: boolean;
}

/** The access of in-place updates (`applyMomentum`) to the trace in progress. */
export interface ActiveTrace {
  update(op: string, attributes: Attribute[], variables: tf.Variable[], inputs: tf.Tensor[]): void;
  /** What is computed while `fn` runs is computed in that precision. */
  inPrecision<T>(precision: Precision, fn: () => T): T;
}

/** Small captured tensors become constants of the graph, so that TensorFlow can compute shapes from them. */
const EMBED_UP_TO = 1024;

const DISPOSED =
  'compile: the function uses a tensor that was disposed of, or that a compiled function kept and returned at every call ' +
  '(return a clone instead)';

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
  const random = watchRandomNumbers();
  const recording = startRecording(engine);
  const symbols = new Map<number, Value>();
  const known = new WeakMap<object, number>();
  const made = new WeakSet<object>();
  const variables = new Map<object, tf.Variable>();
  const before = eagerValues(backend);
  const versions = new Map<tf.Variable, Node>();
  const captured: tf.Tensor[] = [];
  const createdVariables: Created[] = [];
  const kept: tf.Tensor[] = [];

  const symbol = (value: Value): number => {
    const id = newSymbol();
    symbols.set(id, value);
    return id;
  };
  const valueOf = (id: number): Value => symbols.get(id)!;
  const asTensor = (value: Value): tf.Tensor => {
    const { dtype, shape } = checkedOutput(value);
    return backend.createOutputTensor({ id: symbol(value), dtype, shape });
  };

  /** The symbol of a tensor that was not computed inside the trace. */
  const capture = (tensor: { dataId: object }, entry: TensorEntry): number => {
    const variable = variables.get(tensor.dataId);
    if (variable) return symbol(recording.source({ kind: 'variable', variable }, entry.dtype, entry.shape));
    const dtype = tfjsType(entry.dtype);
    const size = tf.util.sizeFromShape(entry.shape);
    const fill =
      made.has(tensor.dataId) && ArrayBuffer.isView(entry.values) && repeated({ values: entry.values });
    if (size > EMBED_UP_TO && !fill) {
      if (entry.values) entry.id = original.binding.createTensor(entry.shape, entry.dtype, entry.values);
      entry.values = null;
      entry.refCount++;
      const held = tf.engine().makeTensorFromTensorInfo({ dataId: tensor.dataId, shape: entry.shape, dtype });
      held.kept = true;
      captured.push(held);
      return symbol(recording.source({ kind: 'captured', tensor: held }, entry.dtype, entry.shape));
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
  const ofThisTrace = (id: number, tensor: { dataId: object }): number => {
    if (symbols.has(id)) return id;
    const name = tensor instanceof tf.Variable ? `variable ${tensor.name}` : 'a tensor';
    throw new Error(
      `compile: the function uses ${name} that has no value: the call that was to make it failed`,
    );
  };
  const idOf = (tensor: { dataId: object }): number => {
    const int64 = tensor as unknown as { valueArray?: Int32Array };
    if (int64.valueArray) {
      const values = BigInt64Array.from([BigInt(int64.valueArray[0]!)]);
      return symbol(recording.constant({ dtype: TF.INT64, shape: [], values }));
    }
    if ((tensor as tf.Tensor).isDisposed) throw new Error(DISPOSED);
    const entry = backend.tensorMap.get(tensor.dataId);
    if (isSymbol(entry.id)) return ofThisTrace(entry.id, tensor);
    let id = known.get(tensor.dataId);
    if (id === undefined) known.set(tensor.dataId, (id = capture(tensor, entry)));
    return id;
  };
  const overrides: Partial<NodeBackend> = {
    getInputTensorIds: (tensors) => tensors.map(idOf),
    write(values, shape, dtype) {
      const dataId = original.write.call(backend, values, shape, dtype);
      made.add(dataId);
      // At once: the next tensor may be drawn before this one is used.
      if (ArrayBuffer.isView(values)) recognize(dataId);
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
        const op = isSymbol(id) ? valueOf(id).node.op : 'a variable or a captured tensor';
        throw new Error(
          `compile: the function reads the value of ${op} (dataSync, data, arraySync or a branch on data); ` +
            'a compiled function may only compute with tensors',
        );
      },
      deleteTensor: (id) => void (id >= 0 && original.binding.deleteTensor(id)),
    },
  };
  const recognize = (dataId: object): void => {
    const entry = backend.tensorMap.get(dataId);
    const found = random.recognize(tf.util.sizeFromShape(entry.shape));
    if (!found) return;
    // What was written in its place means nothing.
    entry.values = null;
    entry.id = symbol(drawn(recording, found, entry.shape, entry.dtype));
  };

  /** Puts a variable's present value into the runtime's copy, if it is not there. */
  const settle = (variable: tf.Variable): void => {
    const atStart = before.of(variable);
    // Whoever took the value that the call began with may use it later: it is read before it is overwritten.
    if (atStart && !versions.has(variable)) idOf({ dataId: atStart });
    const value = valueOf(idOf(variable));
    const after = versions.get(variable);
    const { source, reads } = value.node;
    const isThere = after
      ? reads?.variable === variable && reads.after === after
      : source?.kind === 'variable' && source.variable === variable;
    if (isThere) return;
    const attributes = [typeAttribute('dtype', numberOf(variable.dtype))];
    versions.set(variable, recording.write('AssignVariableOp', attributes, [{ variable, after }], [value]));
  };
  const access: ActiveTrace = {
    inPrecision: recording.inPrecision,
    update(op, attributes, targets, inputs) {
      targets.forEach(settle);
      const values = inputs.map(idOf).map(valueOf);
      const writes = targets.map((variable) => ({ variable, after: versions.get(variable) }));
      const write = recording.write(op, attributes, writes, values);
      for (const variable of targets) {
        versions.set(variable, write);
        const next = asTensor(recording.readAfter(write, variable, numberOf(variable.dtype)));
        variable.assign(next);
        next.dispose();
      }
    },
  };
  const tfjs = tf.engine();
  const makeVariable = tfjs.makeVariable.bind(tfjs);
  const noteVariable: typeof makeVariable = (value, ...rest) => {
    const variable = makeVariable(value, ...rest);
    before.hold(variable);
    createdVariables.push({
      tensor: variable,
      initial: isPending(variable) ? valueOf(idOf(variable)) : undefined,
      isReturned: false,
    });
    return variable;
  };
  const noteKept: typeof tfjs.keep = (tensor) => {
    tensor.kept = true;
    // Inside of kernels tfjs keeps what gradients need, and drops it itself.
    if (state(tfjs).kernelDepth === 0) kept.push(tensor);
    return tensor;
  };
  const created = (result: Flattened | undefined): Created[] => {
    const returned = new Set<unknown>(result?.leaves);
    const alive = kept.filter((tensor) => !tensor.isDisposed && isPending(tensor));
    const variables = createdVariables.filter(({ tensor }) => !tensor.isDisposed);
    return [
      ...variables,
      ...alive.map((tensor) => ({
        tensor,
        initial: valueOf(idOf(tensor)),
        isReturned: returned.has(tensor),
      })),
    ];
  };
  /** Whether a tensor has no value outside of the graph: it was computed, or drawn, in this trace. */
  const isPending = ({ dataId }: { dataId: object }): boolean =>
    symbols.has(backend.tensorMap.get(dataId).id);
  const uses = ({ dataId }: { dataId: object }): boolean => known.has(dataId);
  tfjs.startScope('compile');
  try {
    for (const variable of Object.values(tfjs.registeredVariables)) {
      ownData(backend, variable);
      variables.set(variable.dataId, variable);
      before.hold(variable);
    }
    Object.assign(backend, overrides);
    tfjs.makeVariable = noteVariable;
    tfjs.keep = noteKept;
    active = access;
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
    const hidden = hiddenTensors(returned).find(({ tensor }) => !tensor.isDisposed && isPending(tensor));
    if (hidden) {
      throw new Error(
        `compile: the function returns a tensor inside of an object of class ${hidden.holder}; ` +
          'it may return tensors in arrays, Maps and plain objects',
      );
    }
    const result = flatten(returned);
    const outputs = result.leaves.map((leaf) => valueOf(idOf(asResult(leaf))));
    for (const variable of before.alive()) {
      if (variable.dataId !== before.of(variable) || versions.has(variable)) settle(variable);
    }
    const warnings = random.frozen()
      ? [
          'the function calls Math.random(), or lets tfjs do so (tf.rand, tf.util.shuffle): its value is frozen into the graph',
        ]
      : [];
    return {
      recording,
      outputs,
      result,
      assigned: versions,
      captured,
      created: created(result),
      uses,
      warnings,
    };
  } catch (thrown) {
    // Methods of tensors look for themselves.
    const isDisposed = thrown instanceof Error && thrown.message === 'Tensor is disposed.';
    const failure = isDisposed ? new Error(DISPOSED, { cause: thrown }) : thrown;
    const nothing = {
      outputs: [],
      result: flatten(undefined),
      assigned: new Map<tf.Variable, Node>(),
      warnings: [],
    };
    return { recording, ...nothing, captured, created: created(undefined), uses, failure };
  } finally {
    before.restore();
    tfjs.endScope();
    delete (tfjs as Partial<typeof tfjs>).makeVariable;
    delete (tfjs as Partial<typeof tfjs>).keep;
    delete (backend as Partial<NodeBackend>).getInputTensorIds;
    delete (backend as Partial<NodeBackend>).write;
    backend.binding = original.binding;
    active = undefined;
    random.stop();
    recording.close();
  }
}

/** A result as a tensor. */
function asResult(leaf: Leaf): tf.Tensor {
  if (isPixels(leaf))
    throw new Error('compile: the function returns bytes ({pixels, shape}); it may only return tensors');
  return leaf;
}

/** Fields of tfjs's engine that its types hide. */
function state(engine: ReturnType<typeof tf.engine>): { kernelDepth: number } {
  return (engine as unknown as { state: { kernelDepth: number } }).state;
}

/** The addon's properties are not enumerable. */
function allProperties(binding: NodeBackend['binding']): NodeBackend['binding'] {
  const entries = Object.getOwnPropertyNames(binding).map((name) => [
    name,
    binding[name as keyof typeof binding],
  ]);
  return Object.fromEntries(entries) as NodeBackend['binding'];
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
