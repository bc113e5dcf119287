import type { Share, SkippedFile } from '../../data/index.js';
import type { Validation } from '../step/index.js';

/** What the processes of a run do together between steps. */
export interface Together {
  /** Which part of all images is this process's. */
  share: Share;
  /** Whether this process writes what a run leaves behind, and talks to people. */
  leads: boolean;
  /** Whether any of them says so. */
  any(own: boolean): Promise<boolean>;
  /** What the process that leads finds; the others do not look. It travels as JSON. */
  first<T>(find: () => Promise<T>): Promise<T>;
  /** The files that any of them could not read. */
  skipped(own: readonly SkippedFile[]): Promise<readonly SkippedFile[]>;
  /** The means over the images of all, from those over the images of each. */
  validation(own: Validation): Promise<Validation>;
  /** Gives all of them the same running statistics of batch norms: the mean of theirs. */
  averageStatistics(): void;
  /**
   * Makes sure that all have the same weights.
   *
   * @throws Failure where one has not
   */
  compare(step: number): Promise<void>;
  /** Notes how far this process is. */
  reached(step: number): void;
  dispose(): void;
}

/** A run of one process. */
export const alone: Together = {
  share: { rank: 0, size: 1 },
  leads: true,
  any: (own) => Promise.resolve(own),
  first: (find) => find(),
  skipped: (own) => Promise.resolve(own),
  validation: (own) => Promise.resolve(own),
  averageStatistics: () => undefined,
  compare: () => Promise.resolve(),
  reached: () => undefined,
  dispose: () => undefined,
};
