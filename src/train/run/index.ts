export { classWeightsOf } from './class-weights.js';
export { type CheckpointContent, restoreSlots, writeCheckpoint } from './checkpoint.js';
export { type Description, describe } from './describe.js';
export { type Interrupt, watchInterrupt } from './interrupt.js';
export {
  type RunData,
  type RunNetwork,
  errorPolicy,
  listData,
  makeNetwork,
  recipeParameters,
  stageOf,
  trainingReader,
  validationCrop,
} from './prepare.js';
export { mapLooks, type MapLooks } from './map-looks.js';
export { mapWatch, mapWatchFolder, type MapStep, type MapWatch } from './map-watch.js';
export { type Snapshotter, snapshotter, readProbe } from './snapshotter.js';
export { type Resumed, findResumed } from './resume.js';
export { inRunFolder, refuseRun, splitFile } from './run-folder.js';
export { type RunLog, startLog } from './run-log.js';
export {
  type EpochSums,
  type MapEpoch,
  type RunState,
  count,
  freshState,
  nextEpoch,
  noSums,
} from './run-state.js';
export { memoryWarning } from './memory-needed.js';
export { precisionOn, useRuntime } from './runtime.js';
export { validatesAfter } from './validations.js';
