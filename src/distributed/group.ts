import * as tf from '@tensorflow/tfjs-core';
import { receive, ringBroadcast, send } from '../tensorflow/native/index.js';
import type { Control } from './control/index.js';
import { collectiveKeys } from './keys.js';
import { reduce, type Reducing } from './reduce.js';
import type { Group } from './types.js';

/** What is said where a collective operation fails. */
const COLLECTIVE = /ring of ranks|collective|\/job:worker|socket closed|connection reset|failed to connect/i;

/** How long the loss of a rank is waited for that TensorFlow has noticed first, in milliseconds. */
const NOTICE = 5000;

/** Where a rank stands, and how it reduces. */
export interface Standing {
  rank: number;
  size: number;
  /** Seconds. */
  timeout: number;
  /** The ring of ranks on CPUs, which has to be left; without, TensorFlow communicates. */
  ring: { leave: () => void } | undefined;
}

/** The group of a rank that has joined. */
export function groupOf({ rank, size, timeout, ring }: Standing, control: Control): Group {
  const key = collectiveKeys();
  const reducing: Reducing = { size, timeout, key, ring: ring !== undefined };
  /** Tensors of a rank that knows of a loss do not even set out. */
  const checked = <T>(communicate: () => T): T => {
    const lost = control.lost();
    if (lost) throw lost;
    return communicate();
  };
  return {
    rank,
    size,
    sum: (tensors, options) => checked(() => reduce(reducing, tensors, options, false)),
    mean: (tensors, options) => checked(() => reduce(reducing, tensors, options, true)),
    stack: (tensor) =>
      checked(() =>
        tf.tidy(() => {
          // Zeros of the other ranks change no value: this is exact.
          const rows = Array.from({ length: size }, (_, row) =>
            row === rank ? tensor : tf.zerosLike(tensor),
          );
          return reduce(reducing, [tf.stack(rows)], {}, false)[0]!;
        }),
      ),
    broadcast: (variables) =>
      checked(() =>
        tf.tidy(() => {
          for (const variable of variables) {
            const { shape, dtype } = variable;
            const rendezvous = { size, timeout, key: key(`broadcast ${dtype} ${shape.join()}`) };
            if (ring) variable.assign(ringBroadcast(variable, rendezvous));
            else if (rank === 0) send(variable, rendezvous);
            else variable.assign(receive(shape, dtype, rendezvous));
          }
        }),
      ),
    async gather<T>(value: T): Promise<T[]> {
      const texts = await control.gather(JSON.stringify({ value }));
      return texts.map((text) => (JSON.parse(text) as { value: T }).value);
    },
    async barrier() {
      await control.gather('');
    },
    reached: control.reached,
    async cause(error) {
      const consequence = error instanceof Error && COLLECTIVE.test(error.message);
      return (consequence ? await control.lostWithin(NOTICE) : control.lost()) ?? error;
    },
    fail: control.fail,
    async leave() {
      await control.leave();
      ring?.leave();
    },
  };
}
