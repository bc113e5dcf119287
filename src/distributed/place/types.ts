/** Where a process stands among those that work together. */
export interface Place {
  /** Number of this process, from 0. */
  rank: number;
  /** How many processes there are. */
  size: number;
  /** host:port of each, in the order of their ranks: where its TensorFlow listens. */
  addresses: string[];
}
