export { runEpochs } from './epochs.js';
export { earlyEnd } from './stop.js';
export type { Progress } from './run.js';
export { alone, type Together } from './together.js';
