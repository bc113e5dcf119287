import { type StopSignal, stopSignals } from '../../process/stop.js';
import type { Ended, Worker } from './worker.js';

export interface AttendOptions {
  /** How long workers have to end after one has failed, in milliseconds; a frozen one never does. */
  grace: number;
  /** What is done at once when one has failed. */
  onFailure?: () => void;
}

/** How workers ended: all of them well, stopped by a signal to us, or with the one that failed first. */
export interface Outcome {
  stopped?: StopSignal;
  failed?: Ended;
}

/**
 * Stays until all workers have ended. Signals are handed on to all of them: the first lets them save, the second ends
 * them at once, the third is for those that do not listen. When this process ends, they do.
 */
export async function attend(
  workers: readonly Worker[],
  { grace, onFailure }: AttendOptions,
): Promise<Outcome> {
  const asked: StopSignal[] = [];
  const toAll = (signal: NodeJS.Signals): void => workers.forEach((worker) => worker.kill(signal));
  const handOn = (signal: StopSignal): void => {
    asked.push(signal);
    toAll(asked.length > 2 ? 'SIGKILL' : signal);
  };
  const endAll = (): void => toAll('SIGKILL');
  stopSignals.forEach((signal) => process.on(signal, handOn));
  process.on('exit', endAll);
  let failed: Ended | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.all(
      workers.map(async ({ ended }) => {
        const end = await ended;
        // Whoever has been asked to end does not fail.
        if (end.code === 0 || (asked.length > 0 && (end.code ?? 0) > 128)) return;
        if (failed) return;
        failed = end;
        timer = setTimeout(endAll, grace);
        if (asked.length === 0) onFailure?.();
      }),
    );
    return { ...(asked[0] && { stopped: asked[0] }), ...(failed && { failed }) };
  } finally {
    clearTimeout(timer);
    stopSignals.forEach((signal) => process.off(signal, handOn));
    process.off('exit', endAll);
  }
}
