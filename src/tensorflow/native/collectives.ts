import * as tf from '@tensorflow/tfjs-core';
import { COMPILER, type Compiler, inFloat32 } from '../compile.js';
import { communicating } from './communication.js';
import { numberOf } from './dtypes.js';
import { type Attribute, castAttributes, type NodeBackend, TF, typeAttribute } from './engine.js';

/** Where ranks meet for one collective operation. */
export interface Rendezvous {
  /** Number of ranks. */
  size: number;
  /**
   * What tells operations apart: the same on every rank, from 1 to 2^31 − 1; of operations that run at the same time
   * every one has its own. All operations of one key have the same type, shape and purpose.
   */
  key: number;
  /** Seconds after which it fails, 0 for never. */
  timeout: number;
}

/** All ranks are one group. */
const GROUP = 1;

/** The trace in progress, as an object of which every trace has its own; undefined where functions run eagerly. */
export function traceInProgress(): object | undefined {
  return (tf.backend() as { [COMPILER]?: Compiler })[COMPILER]?.trace();
}

/**
 * Sum of a tensor over the ranks, or its mean, the same bits on every rank.
 *
 * @param x float32
 * @param wire format in which it travels and is added up
 * @returns as x; the caller owns it
 */
export function allReduce(
  x: tf.Tensor,
  { meeting, wire, divide }: { meeting: Rendezvous; wire: 'float32' | 'bfloat16'; divide: boolean },
): tf.Tensor {
  const low = wire === 'bfloat16';
  const attributes = [
    typeAttribute('T', low ? TF.BFLOAT16 : TF.FLOAT),
    { name: 'merge_op', type: TF.string, value: 'Add' },
    { name: 'final_op', type: TF.string, value: divide ? 'Div' : 'Id' },
    ...common(meeting),
    { name: 'is_stateless', type: TF.bool, value: false },
    { name: 'Nordering_token', type: TF.int, value: 0 },
    { name: 'max_subdivs_per_device', type: TF.int, value: -1 },
  ];
  return inFloat32(() =>
    raw([x], (add, [given]) => {
      const sent = low ? add('Cast', castAttributes(TF.FLOAT, TF.BFLOAT16), [given!]) : given!;
      const reduced = add('CollectiveReduceV2', attributes, [sent, ...keys(add.integer, meeting)]);
      return low ? add('Cast', castAttributes(TF.BFLOAT16, TF.FLOAT), [reduced]) : reduced;
    }),
  );
}

/** Sends a tensor to all other ranks, which call `receive`. */
export function send(x: tf.Tensor, meeting: Rendezvous): void {
  const attributes = [typeAttribute('T', numberOf(x.dtype)), ...common(meeting)];
  raw([x], (add, [given]) =>
    add('CollectiveBcastSendV2', attributes, [given!, ...keys(add.integer, meeting)]),
  ).dispose();
}

/** Receives the tensor of the rank that calls `send`; the caller owns it. */
export function receive(shape: readonly number[], dtype: tf.DataType, meeting: Rendezvous): tf.Tensor {
  const attributes = [
    typeAttribute('T', numberOf(dtype)),
    typeAttribute('Tshape', TF.INT32),
    ...common(meeting),
  ];
  return raw([], (add) =>
    add('CollectiveBcastRecvV2', attributes, [...keys(add.integer, meeting), add.integers([...shape])]),
  );
}

function common({ timeout }: Rendezvous): Attribute[] {
  return [
    { name: 'communication_hint', type: TF.string, value: 'auto' },
    { name: 'timeout_seconds', type: TF.float, value: timeout },
  ];
}

function keys(integer: (value: number) => number, { size, key }: Rendezvous): number[] {
  return [integer(size), integer(GROUP), integer(key)];
}

/** Adds operations below tfjs, whose tensors cannot have 16 bits: on ids of the backend's addon, or of a trace. */
interface AddRaw {
  (op: string, attributes: Attribute[], inputs: number[]): number;
  integer(value: number): number;
  integers(values: number[]): number;
}

function raw(inputs: tf.Tensor[], compute: (add: AddRaw, ids: number[]) => number): tf.Tensor {
  const backend = tf.backend() as unknown as NodeBackend;
  const { binding } = backend;
  const made = new Map<number, { id: number; dtype: number; shape: number[] }>();
  const integers = (values: number[], shape: number[]): number => {
    const id = binding.createTensor(shape, TF.INT32, Int32Array.from(values));
    made.set(id, { id, dtype: TF.INT32, shape });
    return id;
  };
  const add: AddRaw = Object.assign(
    (op: string, attributes: Attribute[], ids: number[]): number => {
      const [output] = binding.executeOp(op, attributes, ids, 1);
      made.set(output!.id, output!);
      return output!.id;
    },
    {
      integer: (value: number) => integers([value], []),
      integers: (values: number[]) => integers(values, [values.length]),
    },
  );
  let result: number | undefined;
  try {
    const ids = backend.getInputTensorIds(inputs);
    const run = (): number => compute(add, ids);
    result = traceInProgress() ? run() : communicating(run);
    return backend.createOutputTensor(made.get(result)!);
  } finally {
    made.forEach((_, id) => id !== result && binding.deleteTensor(id));
  }
}
