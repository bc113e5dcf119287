import type * as tf from '@tensorflow/tfjs-core';
import type { Ranks } from '../tensorflow/index.js';

/** Where a process stands among those that train together. */
export interface Place {
  /** From 0. */
  rank: number;
  /** host:port of every rank, in the order of ranks: the rank listens there, on CPUs only while the group forms. */
  addresses: readonly string[];
  /**
   * host:port at which rank 0 also waits for the other ranks; the same on all of them. Default: the host of rank 0 and
   * its port + 1000 (− 1000 where there is none). It listens at this host's address alone, where that is an address of its machine.
   */
  control?: string;
  /** A secret that all ranks know: who connects to the control or the ring without it is turned away. Default: none. */
  secret?: string;
}

/** How long ranks wait for each other, in seconds. */
export interface Patience {
  /** For every rank to join, default 60. */
  join?: number;
  /** For a sign of life of a rank (each gives one a second), default 20: then it counts as frozen. */
  silence?: number;
  /**
   * For a rank that lives but does not come to where the others wait for it, default 1800; 0: for ever. It has to be
   * longer than anything that one rank does by itself (tracing a large network, a validation, a checkpoint).
   */
  reduce?: number;
}

/**
 * The processes that train together. What it does with tensors blocks, as all computing does, until every rank does the
 * same, and throws when a rank is lost; `gather`, `barrier` and `leave` reject with a Failure that names it. A loss is
 * final: the process has to end (35 seconds later it is ended, with status 1), and a run goes on from its checkpoint in
 * new processes.
 */
export interface Group extends Ranks {
  readonly rank: number;
  /** Gives the variables of every rank, whatever their types, the values of rank 0. */
  broadcast(variables: readonly tf.Variable[]): void;
  /**
   * Values of all ranks, in the order of ranks, on every rank (to merge metrics, to compare hashes). They travel beside
   * the tensors, as JSON: keep them small.
   */
  gather<T>(value: T): Promise<T[]>;
  /** Waits until every rank is here. */
  barrier(): Promise<void>;
  /** Notes how far this rank is: where it is lost, the others name the last step that they have heard of. Costs nothing. */
  reached(step: number): void;
  /**
   * Why something failed: the Failure that names the lost rank, where one is lost (an error of TensorFlow's is only the
   * consequence, and may come a moment earlier), the error itself otherwise. For the place where a run ends.
   */
  cause(error: unknown): Promise<unknown>;
  /**
   * Tells the other ranks that this one cannot go on: there `reason` becomes part of the Failure. Resolves when they have
   * been told.
   */
  fail(reason: string): Promise<void>;
  /**
   * Waits until every rank is done, and parts. A process that ends without counts as lost. Afterwards, and after `fail`,
   * nothing can be reduced any more, in this process for good.
   */
  leave(): Promise<void>;
}
