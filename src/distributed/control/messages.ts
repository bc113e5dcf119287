/** What a control thread is started with. */
export interface ThreadData {
  rank: number;
  addresses: readonly string[];
  /** Where rank 0 listens. */
  control: { host: string; port: number };
  secret: string;
  /** Seconds. */
  join: number;
  /** Seconds. */
  silence: number;
  /** Seconds that this process has to end by itself after a loss. */
  grace: number;
  /** One number: the last step that this rank has reached, −1 for none. */
  steps: Int32Array;
  /** Path of the engine, to abort what the main thread is blocked in. */
  engine: string;
}

/** From the main thread to its control thread. */
export type Order =
  { kind: 'gather'; round: number; value: string } | { kind: 'fail'; reason: string } | { kind: 'leave' };

/** From the control thread to its main thread. */
export type Report =
  | { kind: 'joined' }
  | { kind: 'gathered'; round: number; values: string[] }
  | { kind: 'lost'; reason: string }
  | { kind: 'told' }
  | { kind: 'left' };

/** From a rank to rank 0. */
export type ToHub =
  | { kind: 'hello'; rank: number; size: number; secret: string }
  | { kind: 'alive'; step: number }
  | { kind: 'value'; round: number; value: string }
  | { kind: 'failed'; reason: string; step: number }
  | { kind: 'done' };

/** From rank 0 to a rank. */
export type ToRank =
  | { kind: 'welcome' }
  | { kind: 'refused'; reason: string }
  | { kind: 'alive'; step: number }
  | { kind: 'values'; round: number; values: string[] }
  | { kind: 'lost'; reason: string }
  | { kind: 'parted' };

/** The way to the hub, as a rank sees it. */
export interface Connection {
  send(message: ToHub): void;
  onMessage: (message: ToRank) => void;
  onClose: () => void;
  /** Closes it when everything has been sent. */
  end(then: () => void): void;
}
