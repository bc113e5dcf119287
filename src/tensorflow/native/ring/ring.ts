import type * as tf from '@tensorflow/tfjs-core';
import { inFloat32 } from '../../compile.js';
import { numberOf } from '../runtime/dtypes.js';
import { TF, typeAttribute } from '../runtime/engine.js';
import { raw } from '../runtime/raw.js';
import type { Node } from '../trace/recording.js';

/** What tells one call of the ring from another. */
export interface RingCall {
  /** The same on every rank: those that come to each other with another one, or with other sizes, do different things. */
  key: number;
  /** Seconds without progress after which it fails, 0 for never. */
  timeout: number;
}

/**
 * Sums of tensors over the ranks of the ring, or their means, the same bits on every rank. Together they are one message.
 * In a compiled function these run in the order in which they are traced: it has to be the same on all ranks.
 *
 * @param xs float32, one at least
 * @param options `low`: numbers travel as bfloat16; sums are formed in float32, and rounded once where they set out
 * @returns as xs; the caller owns them
 */
export function ringReduce(
  xs: readonly tf.Tensor[],
  { key, timeout, divide, low }: RingCall & { divide: boolean; low: boolean },
): tf.Tensor[] {
  const integer = (name: string, value: number) => ({ name, type: TF.int, value });
  const attributes = [
    integer('N', xs.length),
    integer('key', key),
    integer('mean', divide ? 1 : 0),
    integer('low', low ? 1 : 0),
    { name: 'timeout', type: TF.float, value: timeout },
  ];
  return inFloat32(() => raw(xs, (add, ids) => add('CamtuneRingReduce', attributes, ids, xs.length)));
}

/**
 * The tensor of rank 0.
 *
 * @param x on every rank one of the same shape and type
 * @returns as x; the caller owns it
 */
export function ringBroadcast(x: tf.Tensor, { key, timeout }: RingCall): tf.Tensor {
  const attributes = [
    typeAttribute('T', numberOf(x.dtype)),
    { name: 'key', type: TF.int, value: key },
    { name: 'timeout', type: TF.float, value: timeout },
  ];
  return raw([x], (add, ids) => add('CamtuneRingBroadcast', attributes, ids))[0]!;
}

/** Whether a node is one of the ring's. */
export function isRing({ op }: Pick<Node, 'op'>): boolean {
  return op.startsWith('CamtuneRing');
}
