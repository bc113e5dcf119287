import * as tf from '@tensorflow/tfjs-core';
import { tfjsType, typedValues } from '../runtime/dtypes.js';
import { type Binding, type NodeBackend, TF, type TensorEntry } from '../runtime/engine.js';
import { type Recording, repeated, type Value } from './recording.js';
import { isSymbol, newSymbol } from '../runtime/symbols.js';

/** What tensors stand for while a function is traced: every tensor that it uses is a value of the recording. */
export interface TraceValues {
  /** A new symbol for a value: what the backend takes for the id of a tensor. */
  symbol(value: Value): number;
  /** The value behind a symbol of this trace. */
  behind(symbol: number): Value;
  /** The symbol of a tensor. One of the surroundings is looked up once, and captured. */
  symbolOf(tensor: { dataId: object }): number;
  valueOf(tensor: { dataId: object }): Value;
  /** A new tensor that stands for a value. */
  asTensor(value: Value): tf.Tensor;
  /** Whether a tensor has no value outside of the graph: it was computed, or drawn, in this trace. */
  isPending(tensor: { dataId: object }): boolean;
  /** Whether the function has used this tensor of the surroundings. */
  uses(tensor: { dataId: object }): boolean;
  /** Notes data that the function itself has written: the values are constants of its own. */
  noteMade(dataId: object): void;
  /** Large tensors of the surroundings, kept alive for the graph. */
  captured: tf.Tensor[];
}

/** Small captured tensors become constants of the graph, so that TensorFlow can compute shapes from them. */
const EMBED_UP_TO = 1024;

export const DISPOSED =
  'compile: the function uses a tensor that was disposed of, or that a compiled function kept and returned at every call ' +
  '(return a clone instead)';

/**
 * Knows no tensor yet.
 *
 * @param binding the addon, whatever the backend calls while the trace goes on
 * @param variables what has a value in eager code when the trace begins, by its data
 */
export function traceValues(
  backend: NodeBackend,
  binding: Binding,
  recording: Recording,
  variables: ReadonlyMap<object, tf.Variable>,
): TraceValues {
  const symbols = new Map<number, Value>();
  const known = new WeakMap<object, number>();
  const made = new WeakSet<object>();
  const captured: tf.Tensor[] = [];

  const symbol = (value: Value): number => {
    const id = newSymbol();
    symbols.set(id, value);
    return id;
  };
  /** The value of a tensor that was not computed inside the trace. */
  const capture = (dataId: object, entry: TensorEntry): Value => {
    const variable = variables.get(dataId);
    if (variable) return recording.source({ kind: 'variable', variable }, entry.dtype, entry.shape);
    const size = tf.util.sizeFromShape(entry.shape);
    const fill = made.has(dataId) && ArrayBuffer.isView(entry.values) && repeated({ values: entry.values });
    if (size > EMBED_UP_TO && !fill) {
      const tensor = hold(dataId, entry);
      return recording.source({ kind: 'captured', tensor }, entry.dtype, entry.shape);
    }
    const content = entry.values ?? binding.tensorDataSync(entry.id);
    const { dtype, shape } = entry;
    return recording.constant({ dtype, shape, values: typedValues(content, dtype) });
  };
  const hold = (dataId: object, entry: TensorEntry): tf.Tensor => {
    const dtype = tfjsType(entry.dtype);
    if (entry.values) entry.id = binding.createTensor(entry.shape, entry.dtype, entry.values);
    entry.values = null;
    entry.refCount++;
    const held = tf.engine().makeTensorFromTensorInfo({ dataId, shape: entry.shape, dtype });
    held.kept = true;
    captured.push(held);
    return held;
  };
  const symbolOf = (tensor: { dataId: object }): number => {
    const int64 = tensor as unknown as { valueArray?: Int32Array };
    if (int64.valueArray) {
      const values = BigInt64Array.from([BigInt(int64.valueArray[0]!)]);
      return symbol(recording.constant({ dtype: TF.INT64, shape: [], values }));
    }
    if ((tensor as tf.Tensor).isDisposed) throw new Error(DISPOSED);
    const entry = backend.tensorMap.get(tensor.dataId);
    if (isSymbol(entry.id)) {
      if (symbols.has(entry.id)) return entry.id;
      const name = tensor instanceof tf.Variable ? `variable ${tensor.name}` : 'a tensor';
      throw new Error(
        `compile: the function uses ${name} that has no value: the call that was to make it failed`,
      );
    }
    let id = known.get(tensor.dataId);
    if (id === undefined) known.set(tensor.dataId, (id = symbol(capture(tensor.dataId, entry))));
    return id;
  };
  return {
    symbol,
    behind: (id) => symbols.get(id)!,
    symbolOf,
    valueOf: (tensor) => symbols.get(symbolOf(tensor))!,
    asTensor(value) {
      const { dtype, shape } = checkedOutput(value);
      return backend.createOutputTensor({ id: symbol(value), dtype, shape });
    },
    isPending: ({ dataId }) => symbols.has(backend.tensorMap.get(dataId).id),
    uses: ({ dataId }) => known.has(dataId),
    noteMade: (dataId) => void made.add(dataId),
    captured,
  };
}

/** Scratch space that a gradient operation takes over from its forward operation; nobody looks at its shape. */
const OPAQUE = new Set(['FusedBatchNormV3:5']);

/** @throws where the shape of the value is not known before it is computed */
export function checkedOutput({ node, output }: Value): { dtype: number; shape: number[] } {
  const { dtype, shape } = node.outputs[output]!;
  if (OPAQUE.has(`${node.op}:${output}`)) return { dtype, shape: [0] };
  if (!shape || shape.some((side) => side < 0)) {
    throw new Error(
      `compile: the shape of the output of ${node.op} depends on data; a compiled function needs fixed shapes`,
    );
  }
  return { dtype, shape };
}
