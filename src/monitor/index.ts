export { convergence, type EpochChange } from './convergence.js';
export {
  iou,
  mapChange,
  meanAbsoluteDifference,
  meanChange,
  pearson,
  spearman,
  type MapChange,
} from './map-change.js';
export { report } from './report.js';
