export { benchData } from './data.js';
export {
  benchExplain,
  benchNetwork,
  paperSeconds,
  type BenchExplainOptions,
  type BenchNetwork,
  type ExplainTiming,
} from './explain.js';
export { benchMethods, type BenchMethods } from './methods.js';
export { type BenchOptions, type Timing } from './measure.js';
export { benchForward, benchStage, type BenchStage, benchTraining } from './network.js';
