import * as tf from '@tensorflow/tfjs-core';
import type { NodeBackend } from './engine.js';

/** The values that variables have in eager code, held while a trace assigns symbols to them. */
export interface EagerValues {
  /** Holds what a variable has now: assigning must not free the value that eager code goes on with. */
  hold(variable: tf.Variable): void;
  /** The data that a variable had. */
  of(variable: tf.Variable): object | undefined;
  /** Variables that are held, and have not been disposed of since. */
  alive(): tf.Variable[];
  /** Gives every variable its value back. */
  restore(): void;
}

/** Holds nothing yet. */
export function eagerValues(backend: NodeBackend): EagerValues {
  const before = new Map<tf.Variable, object>();
  return {
    hold(variable) {
      before.set(variable, variable.dataId);
      const entry = backend.tensorMap.get(variable.dataId);
      if (entry) entry.refCount++;
    },
    of: (variable) => before.get(variable),
    alive: () => [...before.keys()].filter((variable) => !variable.isDisposed),
    restore() {
      for (const [variable, dataId] of before) {
        if (variable.isDisposed) {
          if (backend.disposeData(dataId)) tf.engine().removeDataId(dataId, backend as never);
          continue;
        }
        const entry = backend.tensorMap.get(dataId);
        if (variable.dataId !== dataId) {
          tf.engine().disposeTensor(variable);
          variable.dataId = dataId;
          tf.engine().incRef(variable, tf.backend());
        }
        if (entry) entry.refCount--;
      }
    },
  };
}
