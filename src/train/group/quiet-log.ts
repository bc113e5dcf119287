import type { RunLog } from '../run/index.js';

/** Writes nothing: rank 0 writes for all. */
export const quietLog: RunLog = {
  start: () => undefined,
  step: () => undefined,
  epoch: () => undefined,
  snapshot: () => Promise.resolve(),
  flush: () => undefined,
  finish: () => Promise.resolve(),
  close: () => undefined,
};
