export { runEpochs } from './epochs.js';
export type { Progress } from './run.js';
