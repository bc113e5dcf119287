import type { Group } from '../distributed/index.js';
import type { Progress } from './loop/index.js';
import type { Description, RunState } from './run/index.js';

export interface TrainOptions {
  /** Where everything is written. */
  runFolder: string;
  /** Go on from the run's last checkpoint; without one, begin anew. */
  resume?: boolean;
  /** What relative paths of the recipe start from; default: the working folder. */
  baseFolder?: string;
  /** Receives lines for people. */
  log?: (line: string) => void;
  /** Makes a progress display. */
  progress?: (task: { label: string; total: number; unit: string }) => Progress;
  /** Only describe what would happen. */
  dryRun?: boolean;
  /** Called when an epoch has been logged and report.html drawn, and once more at the end. */
  onEpoch?: () => Promise<void>;
  /** Called after each step with the number of steps so far. */
  onStep?: (step: number) => void;
  /**
   * The processes that train together: each calls this function with the same recipe, and has its share of every batch.
   * Rank 0 writes the run folder and says what there is to say; the others read it at most. Whoever joined the group leaves it. Default: this process trains alone.
   */
  group?: Group;
}

export interface TrainResult {
  runFolder: string;
  /** Whether the run went to its end, or was stopped by the user and can be resumed. */
  finished: boolean;
  /** Where schedule.stop ended the run before its last epoch: the reason, in words. */
  stoppedEarly?: string;
  epochs: number;
  steps: number;
  best: RunState['best'];
  /** Before the first step, and the newest. */
  initial: RunState['initial'];
  last: RunState['last'];
  /** Files that could not be read. */
  skipped: RunState['skipped'];
  /** With dryRun: what would happen. */
  description?: Description;
}
