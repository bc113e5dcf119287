/** Whether the user has asked to stop. */
export interface Interrupt {
  requested(): boolean;
  /** Stops listening. */
  end(): void;
}

/** Listens for Ctrl-C (and SIGTERM): the first asks the run to save and stop, the second ends the process at once. */
export function watchInterrupt(log: (line: string) => void): Interrupt {
  let requested = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (requested) process.exit(signal === 'SIGINT' ? 130 : 143);
    requested = true;
    log('stopping after this step and saving; Ctrl-C once more stops at once');
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    requested: () => requested,
    end() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
