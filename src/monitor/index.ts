export { convergence, type EpochChange } from './convergence.js';
export { report } from './report.js';
