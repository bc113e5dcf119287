import type { Run } from './run.js';

/**
 * Does some work with the other set of weights in the network: those that are trained in place of their average, or the
 * average in place of those. Between epochs the network has the average. Without one, the weights are the same.
 */
export async function swapped<T>({ network: { average } }: Run, work: () => Promise<T>): Promise<T> {
  average?.swap();
  try {
    return await work();
  } finally {
    average?.swap();
  }
}
