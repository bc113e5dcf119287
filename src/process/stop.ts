import { constants } from 'node:os';

/** The signals that ask a command to save and stop: Ctrl-C, kill, a terminal that was closed. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export const stopSignals: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** The exit status of a command that a signal has stopped, as shells count: 130 for Ctrl-C. */
export function stopStatus(signal: StopSignal): number {
  return 128 + constants.signals[signal];
}

/** Whether a command has been asked to stop. */
export interface StopWatch {
  signal(): StopSignal | undefined;
  /** Stops listening. */
  end(): void;
}

/**
 * Listens for signals: the first asks, the second ends the process at once. Either way the exit status of the process
 * says that it was stopped.
 *
 * @param onStop hears of the first
 */
export function watchStop(onStop: (signal: StopSignal) => void): StopWatch {
  let asked: StopSignal | undefined;
  const listen = (signal: StopSignal): void => {
    if (asked) process.exit(stopStatus(signal));
    asked = signal;
    process.exitCode = stopStatus(signal);
    onStop(signal);
  };
  stopSignals.forEach((signal) => process.on(signal, listen));
  return {
    signal: () => asked,
    end: () => stopSignals.forEach((signal) => process.off(signal, listen)),
  };
}
