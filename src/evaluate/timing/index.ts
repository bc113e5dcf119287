export { benchData } from './data.js';
export {
  benchExplain,
  benchNetwork,
  paperSeconds,
  type BenchExplainOptions,
  type BenchNetwork,
  type ExplainTiming,
} from './explain.js';
export { type Timing } from './measure.js';
export { benchForward, type BenchOptions, type BenchStage, benchTraining } from './network.js';
