export { checkBatch } from './check-batch.js';
export { trainProcesses, type TrainProcessesOptions } from './train-processes.js';
