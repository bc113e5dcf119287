export { resizeCubic } from './cubic.js';
export { dilate } from './dilate.js';
export { felzenszwalb, type FelzenszwalbOptions } from './felzenszwalb.js';
export { segmentsOfScales, type ScalesOptions } from './scales.js';
