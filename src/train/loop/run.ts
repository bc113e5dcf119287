import type { ImageReader, Listing, CropSpec } from '../../data/index.js';
import type { CheckpointContent, Interrupt, Snapshotter, RunLog, RunState } from '../run/index.js';
import type { Recipe } from '../recipe/index.js';
import type { Training, Validator } from '../step/index.js';

/** What shows how far the run is. */
export interface Progress {
  update(done: number, figures?: Record<string, number | string>): void;
  log(line: string): void;
  finish(): void;
}

/** A run that is ready to go; `state` moves on as it goes. */
export interface Run {
  recipe: Recipe;
  runFolder: string;
  state: RunState;
  reader: ImageReader;
  trainingImages: number;
  validation: { listing: Listing; view: CropSpec };
  step: Training;
  measure: Validator;
  camera: Snapshotter | undefined;
  runLog: RunLog;
  interrupt: Interrupt;
  log: (line: string) => void;
  /** Logs a warning, each once. */
  warn: (line: string) => void;
  progress: (task: { label: string; total: number; unit: string }) => Progress;
  onEpoch: () => Promise<void>;
  content: CheckpointContent;
}
