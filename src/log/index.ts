export { eventWriter, type EventWriter } from './events.js';
export type { Hyperparameters } from './hyperparameters-message.js';
export { writeFigure } from './figure.js';
export {
  metricsWriter,
  readMetrics,
  truncateMetrics,
  type EpochLine,
  type MetricsLine,
  type MetricsWriter,
  type MetricValue,
  type StartLine,
  type StepLine,
  type SummaryLine,
} from './metrics.js';
export { writeSnapshot, type Snapshot, type TaggedPng } from './snapshot.js';
export { evenlySpaced, readSnapshots, type SnapshotImage, type SnapshotIndex } from './snapshot-files.js';
