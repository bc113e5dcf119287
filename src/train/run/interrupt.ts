import { watchStop } from '../../process/stop.js';

/** Whether the user has asked to stop. */
export interface Interrupt {
  requested(): boolean;
  /** Stops listening. */
  end(): void;
}

/** Listens for Ctrl-C, SIGTERM and SIGHUP: the first asks the run to save and stop, the second ends the process at once. */
export function watchInterrupt(log: (line: string) => void): Interrupt {
  const watch = watchStop(() => log('stopping after this step and saving; Ctrl-C once more stops at once'));
  return { requested: () => watch.signal() !== undefined, end: () => watch.end() };
}
