export { trainProcesses, type TrainProcessesOptions } from './train-processes.js';
