import type { CropSpec, ImageReader, Listing } from '../../data/index.js';
import type { Recipe } from '../recipe/index.js';
import type {
  CheckpointContent,
  Interrupt,
  MapLooks,
  MapWatch,
  RunLog,
  RunState,
  Snapshotter,
} from '../run/index.js';
import type { Training, Validator, WeightAverage } from '../step/index.js';
import type { Together } from './together.js';

/** What shows how far the run is. */
export interface Progress {
  update(done: number, figures?: Record<string, number | string>): void;
  log(line: string): void;
  finish(): void;
}

/** A run that is ready to go; `state` moves on as it goes. */
export interface Run {
  recipe: Recipe;
  folder: string;
  state: RunState;
  data: RunImages;
  network: RunFunctions;
  out: RunOutputs;
  interrupt: Interrupt;
  /** The processes that train together. */
  together: Together;
}

/** What a run learns from and is measured on. */
export interface RunImages {
  training: ImageReader;
  trainingImages: number;
  validation: Listing;
  view: CropSpec;
}

/** What a run computes, and what a checkpoint keeps of the network. */
export interface RunFunctions {
  step: Training;
  measure: Validator;
  /** Undefined where no average of the weights is wanted. */
  average?: WeightAverage | undefined;
  /** Undefined where no snapshots are wanted. */
  snapshots: Snapshotter | undefined;
  /** Undefined where no maps are watched, and in processes that do not lead. */
  mapWatch: MapWatch | undefined;
  /** When it looks; undefined where no maps are watched. */
  mapLooks: MapLooks | undefined;
  content: CheckpointContent;
}

/** Who is told how it goes. */
export interface RunOutputs {
  runLog: RunLog;
  log: (line: string) => void;
  /** Logs a warning, each once. */
  warn: (line: string) => void;
  progress: (task: { label: string; total: number; unit: string }) => Progress;
  onEpoch: () => Promise<void>;
}
