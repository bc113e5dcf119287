/** Hears when a computation begins in which this process meets other ranks, and when it is over. */
export type CommunicationWatch = (isInside: boolean) => void;

let watch: CommunicationWatch = () => undefined;

/** A process is one rank: the last one to ask is told. */
export function watchCommunication(by: CommunicationWatch): void {
  watch = by;
}

/** Runs a computation in which this process meets other ranks. */
export function communicating<T>(compute: () => T): T {
  watch(true);
  try {
    return compute();
  } finally {
    watch(false);
  }
}
