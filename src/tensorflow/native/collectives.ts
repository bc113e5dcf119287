import * as tf from '@tensorflow/tfjs-core';
import { inFloat32 } from '../compile.js';
import { numberOf } from './runtime/dtypes.js';
import { type Attribute, castAttributes, TF, typeAttribute } from './runtime/engine.js';
import { raw } from './runtime/raw.js';

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

/**
 * Sum of a tensor over the ranks, or its mean, the same bits on every rank.
 *
 * @param x float32
 * @param wire format in which it travels and is added up
 * @returns as x; the caller owns it
 */
export function allReduce(
  x: tf.Tensor,
  { rendezvous, wire, divide }: { rendezvous: Rendezvous; wire: 'float32' | 'bfloat16'; divide: boolean },
): tf.Tensor {
  const low = wire === 'bfloat16';
  const attributes = [
    typeAttribute('T', low ? TF.BFLOAT16 : TF.FLOAT),
    { name: 'merge_op', type: TF.string, value: 'Add' },
    { name: 'final_op', type: TF.string, value: divide ? 'Div' : 'Id' },
    ...common(rendezvous),
    { name: 'is_stateless', type: TF.bool, value: false },
    { name: 'Nordering_token', type: TF.int, value: 0 },
    { name: 'max_subdivs_per_device', type: TF.int, value: -1 },
  ];
  return inFloat32(() =>
    raw([x], (add, [given]) => {
      const sent = low ? add.one('Cast', castAttributes(TF.FLOAT, TF.BFLOAT16), [given!]) : given!;
      const reduced = add.one('CollectiveReduceV2', attributes, [sent, ...keys(add.integer, rendezvous)]);
      return [low ? add.one('Cast', castAttributes(TF.BFLOAT16, TF.FLOAT), [reduced]) : reduced];
    }),
  )[0]!;
}

/** Sends a tensor to all other ranks, which call `receive`. */
export function send(x: tf.Tensor, rendezvous: Rendezvous): void {
  const attributes = [typeAttribute('T', numberOf(x.dtype)), ...common(rendezvous)];
  const sent = raw([x], (add, [given]) =>
    add('CollectiveBcastSendV2', attributes, [given!, ...keys(add.integer, rendezvous)]),
  );
  tf.dispose(sent);
}

/** Receives the tensor of the rank that calls `send`; the caller owns it. */
export function receive(shape: readonly number[], dtype: tf.DataType, rendezvous: Rendezvous): tf.Tensor {
  const attributes = [
    typeAttribute('T', numberOf(dtype)),
    typeAttribute('Tshape', TF.INT32),
    ...common(rendezvous),
  ];
  return raw([], (add) =>
    add('CollectiveBcastRecvV2', attributes, [...keys(add.integer, rendezvous), add.integers([...shape])]),
  )[0]!;
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
