export { convergence, type EpochChange } from './convergence.js';
export { chart, label, ticks, type Series } from './curve.js';
export { escapeHtml, page, pageHead } from './html.js';
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
