export { benchData } from './data.js';
export {
  benchExplain,
  benchNetwork,
  paperSeconds,
  type BenchExplainOptions,
  type BenchNetwork,
  type ExplainTiming,
} from './explain.js';
export { type BenchOptions, type Timing } from './measure.js';
export { benchForward, type BenchStage, benchTraining } from './network.js';
