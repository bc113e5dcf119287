import { setImmediate as turn } from 'node:timers/promises';

/** A row of jobs, each in two steps. */
export interface Jobs<T> {
  /** Numbers of the first job and of the one after the last. */
  from: number;
  to: number;
  /** Starts what a job needs to know first; may be called again for the same job. Must not reject. */
  prepare(number: number): Promise<unknown>;
  /** Starts the job. Must not reject. */
  start(number: number): Promise<T>;
}

/**
 * Yields the results of jobs in their order while the next `ahead` jobs are already with other threads: they go
 * on even if the caller then keeps the JavaScript thread busy. No more than `ahead` + 1 results are held.
 */
export async function* readAhead<T>(jobs: Jobs<T>, ahead: number): AsyncGenerator<T, void, undefined> {
  const running: Promise<T>[] = [];
  let prepared = jobs.from;
  let started = jobs.from;
  for (let number = jobs.from; number < jobs.to; number++) {
    // Prepared twice as far ahead: a job that waits for its preparation could not start while JavaScript is busy.
    for (; prepared < Math.min(jobs.to, number + 1 + 2 * ahead); prepared++) void jobs.prepare(prepared);
    for (; started < Math.min(jobs.to, number + 1 + ahead); started++) running.push(jobs.start(started));
    const result = await running.shift()!;
    for (let next = number + 1; next < started; next++) await jobs.prepare(next);
    // A caller that never waits for anything would keep finished work from being noticed.
    await turn();
    yield result;
  }
}
