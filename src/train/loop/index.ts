export { runEpochs } from './epochs.js';
export { earlyEnd } from './stop.js';
export type { Progress, Run, RunFunctions } from './run.js';
export { alone, type Together } from './together.js';
