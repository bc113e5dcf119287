import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../errors.js';
import { inFloat32, type ReduceOptions } from '../tensorflow/index.js';
import { allReduce, ringReduce } from '../tensorflow/native/index.js';
import { buckets, groups, type Piece } from './buckets.js';

/** What reducing needs to know of a group. */
export interface Reducing {
  size: number;
  /** Seconds. */
  timeout: number;
  key: (purpose: string) => number;
  /** Whether the ranks have a ring of their own. */
  ring: boolean;
}

const BUCKET = 2 ** 20;

/** Reduces tensors in buckets: see Ranks.sum and Ranks.mean. */
export function reduce(
  reducing: Reducing,
  tensors: readonly tf.Tensor[],
  { wire = 'float32', bucket = BUCKET }: ReduceOptions = {},
  divide: boolean,
): tf.Tensor[] {
  tensors.forEach(({ dtype }, i) => {
    if (dtype !== 'float32') throw invalid(`tensors[${i}]`, 'a float32 tensor', dtype);
  });
  if (!(Number.isInteger(bucket) && bucket > 0)) throw invalid('bucket', 'an integer above 0', bucket);
  const wanted = { wire, bucket, divide };
  return tf.tidy(() => inFloat32(() => (reducing.ring ? inRing : byTensorflow)(reducing, tensors, wanted)));
}

interface Wanted extends Required<ReduceOptions> {
  divide: boolean;
}

const purpose = ({ divide, wire }: Wanted, size: number): string =>
  `${divide ? 'mean' : 'sum'} ${wire} ${size}`;

/** The ring takes the tensors of a bucket where they are. */
function inRing({ timeout, key }: Reducing, tensors: readonly tf.Tensor[], wanted: Wanted): tf.Tensor[] {
  const results = tensors.map(({ shape, size }) => (size === 0 ? tf.zeros(shape) : undefined));
  const sizes = tensors.map(({ size }) => size);
  for (const members of groups(sizes, wanted.bucket)) {
    const all = members.reduce((sum, member) => sum + sizes[member]!, 0);
    const call = {
      key: key(purpose(wanted, all)),
      timeout,
      divide: wanted.divide,
      low: wanted.wire === 'bfloat16',
    };
    const reduced = ringReduce(
      members.map((member) => tensors[member]!),
      call,
    );
    members.forEach((member, index) => (results[member] = reduced[index]!));
  }
  return results as tf.Tensor[];
}

/** TensorFlow's operation takes one tensor: those of a bucket are put together, and apart again. */
function byTensorflow(
  { size, timeout, key }: Reducing,
  tensors: readonly tf.Tensor[],
  wanted: Wanted,
): tf.Tensor[] {
  const reduced = (flat: tf.Tensor): tf.Tensor => {
    const rendezvous = { size, timeout, key: key(purpose(wanted, flat.size)) };
    return allReduce(flat, { rendezvous, ...wanted });
  };
  const parts = new Map<number, tf.Tensor[]>();
  const note = ({ tensor }: Piece, part: tf.Tensor): void =>
    void parts.set(tensor, [...(parts.get(tensor) ?? []), part]);
  for (const pieces of buckets(
    tensors.map(({ size }) => size),
    wanted.bucket,
  )) {
    const flat = pieces.map(({ tensor, begin, size }) => {
      const whole = tf.reshape(tensors[tensor]!, [-1]);
      return size === whole.size ? whole : tf.slice(whole, [begin], [size]);
    });
    if (flat.length === 1) note(pieces[0]!, reduced(flat[0]!));
    else {
      // Slices are views where they begin well; what tf.split gives are copies.
      const together = reduced(tf.concat(flat));
      let begin = 0;
      for (const piece of pieces) {
        note(piece, tf.slice(together, [begin], [piece.size]));
        begin += piece.size;
      }
    }
  }
  return tensors.map(({ shape, size }, i) => {
    if (size === 0) return tf.zeros(shape);
    const own = parts.get(i)!;
    return tf.reshape(own.length === 1 ? own[0]! : tf.concat(own), shape);
  });
}
