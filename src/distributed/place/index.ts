export { findPlace } from './find-place.js';
export type { Place } from './types.js';
