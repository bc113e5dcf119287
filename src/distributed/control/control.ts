import { Worker } from 'node:worker_threads';
import { LostRank } from '../../errors.js';
import { markActivity, markStep, newMarks } from './marks.mjs';
import type { Loss, Order, Report, ThreadData } from './messages.js';

/** This rank's line to the others, beside the tensors. */
export interface Control {
  /** Resolves when every rank has joined. */
  joined: Promise<void>;
  /** Values of all ranks, in their order. */
  gather(value: string): Promise<string[]>;
  /** What names the lost rank, once one is lost. */
  lost(): LostRank | undefined;
  /** The same, waiting some milliseconds for it. */
  lostWithin(milliseconds: number): Promise<LostRank | undefined>;
  /** Rejects with it once a rank is lost. */
  untilLost(): Promise<never>;
  reached(step: number): void;
  /** Notes that the main thread has gone into a computation with the others, or has come out of it. */
  computing(isInside: boolean): void;
  fail(reason: string): Promise<void>;
  leave(): Promise<void>;
}

/** Starts the control thread, which looks for the other ranks at once. */
export function startControl(data: Omit<ThreadData, 'marks'>): Control {
  const marks = newMarks();
  const worker = new Worker(new URL('thread.mjs', import.meta.url), {
    workerData: { ...data, marks } satisfies ThreadData,
    execArgv: [],
  });
  const open = new Set<{
    key: string;
    resolve: (values: string[]) => void;
    reject: (error: Error) => void;
  }>();
  const watchers = new Set<() => void>();
  let failure: LostRank | undefined;
  let round = 0;

  const mark = (isInside = false): void =>
    markActivity(marks, isInside ? 'computing' : open.size > 0 ? 'listening' : 'apart');
  /** While something is awaited, the thread keeps the process alive. */
  const settle = (wait: typeof open extends Set<infer Wait> ? Wait : never, act: () => void): void => {
    open.delete(wait);
    mark();
    if (open.size === 0) worker.unref();
    act();
  };
  const awaited = (key: string, order?: Order): Promise<string[]> =>
    new Promise((resolve, reject) => {
      if (failure && key !== 'told') return reject(failure);
      open.add({ key, resolve, reject });
      mark();
      worker.ref();
      if (order) worker.postMessage(order);
    });
  const answer = (key: string, values: string[]): void =>
    open.forEach((wait) => wait.key === key && settle(wait, () => wait.resolve(values)));
  const lose = ({ reason, rank }: Loss): void => {
    if (failure) return;
    failure = new LostRank(reason, rank);
    open.forEach((wait) => wait.key !== 'told' && settle(wait, () => wait.reject(failure!)));
    watchers.forEach((watcher) => watcher());
  };
  worker.on('message', (report: Report) => {
    if (report.kind === 'lost') lose(report);
    else if (report.kind === 'gathered') answer(String(report.round), report.values);
    else answer(report.kind, []);
  });
  worker.on('error', (error) => {
    lose({ reason: `the thread that speaks with the other ranks failed: ${error.message}` });
    answer('told', []);
  });
  const joined = awaited('joined').then(() => undefined);

  return {
    joined,
    gather: (value) => awaited(String(++round), { kind: 'gather', round, value }),
    lost: () => failure,
    async lostWithin(milliseconds) {
      if (failure) return failure;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        watchers.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
      return failure;
    },
    untilLost: () =>
      new Promise((_, reject) => {
        const look = (): void => void (failure && reject(failure));
        watchers.add(look);
        look();
      }),
    reached: (step) => markStep(marks, step),
    computing: mark,
    fail: (reason) => awaited('told', { kind: 'fail', reason }).then(() => undefined),
    leave: () => awaited('left', { kind: 'leave' }).then(() => undefined),
  };
}
