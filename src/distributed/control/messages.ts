/** What a control thread is started with. */
export interface ThreadData {
  rank: number;
  addresses: readonly string[];
  /** Where rank 0 listens. */
  control: { host: string; port: number };
  secret: string;
  /** Of camtune and its engine: ranks of others may speak in another way. */
  version: string;
  /** Seconds. */
  join: number;
  /** Seconds. */
  silence: number;
  /** Seconds that a rank may be away while others wait for it; 0: for ever. */
  reduce: number;
  /** Seconds that this process has to end by itself after a loss. */
  grace: number;
  /** How this rank is: the main thread writes it, see MARKS. */
  marks: Int32Array;
  /** Path of the engine, to abort what the main thread is blocked in. */
  engine: string;
}

/**
 * What a rank is doing: work of its own, a computation with the others (in which, in a ring, it is known to reduce), or
 * waiting for what they tell.
 */
export type Activity = 'apart' | 'computing' | 'reducing' | 'listening';

/** The last sign of life of a rank. */
export interface Sign {
  /** The last step that it has reached, −1 for none. */
  step: number;
  activity: Activity;
  /** How often what it does has changed: a rank that is computing again is not computing still. */
  changes: number;
}

/** Why a group cannot go on. */
export interface Loss {
  /** A sentence that names ranks. */
  reason: string;
  /** The rank that is lost; of several the first. */
  rank?: number;
}

/** From the main thread to its control thread. */
export type Order =
  { kind: 'gather'; round: number; value: string } | { kind: 'fail'; reason: string } | { kind: 'leave' };

/** From the control thread to its main thread. */
export type Report =
  | { kind: 'joined' }
  | { kind: 'gathered'; round: number; values: string[] }
  | ({ kind: 'lost' } & Loss)
  | { kind: 'told' }
  | { kind: 'left' };

/** What a process says that wants to come in. */
export interface Hello {
  kind: 'hello';
  rank: number;
  size: number;
  secret: string;
  version?: string;
}

/** From a rank to rank 0. */
export type ToHub =
  | Hello
  | ({ kind: 'alive' } & Sign)
  | { kind: 'value'; round: number; value: string }
  | { kind: 'failed'; reason: string; step: number }
  | { kind: 'done' };

/** From rank 0 to a rank. */
export type ToRank =
  | { kind: 'welcome' }
  | { kind: 'refused'; reason: string }
  | { kind: 'alive'; step: number }
  | { kind: 'values'; round: number; values: string[] }
  | ({ kind: 'lost' } & Loss)
  | { kind: 'parted' };

/** A rank that has joined, as rank 0 sees it; times in seconds. */
export interface Member {
  deliver: (message: ToRank) => void;
  /** When it last gave a sign of life. */
  heard: number;
  sign: Sign;
  /** When what it does last changed. */
  since: number;
}

/** The way to the hub, as a rank sees it. */
export interface Connection {
  send(message: ToHub): void;
  onMessage: (message: ToRank) => void;
  onClose: () => void;
  /** Closes it when everything has been sent. */
  end(then: () => void): void;
}
