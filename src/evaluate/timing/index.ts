export { benchData } from './data.js';
export { type Timing } from './measure.js';
export { benchForward, type BenchOptions, type BenchStage, benchTraining } from './network.js';
