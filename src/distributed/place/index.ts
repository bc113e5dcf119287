export { findPlace } from './find-place.js';
export { PLACE } from './parent.js';
export type { Environment } from './variables.js';
