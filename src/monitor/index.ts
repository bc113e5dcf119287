export { convergence, type EpochChange } from './convergence.js';
export { mapChange, meanChange, type MapChange, type MeanChange } from './map-change.js';
export { report } from './report.js';
