export { joinGroup } from './join.js';
export { endWithParent, launch, type LaunchOptions } from './launch/index.js';
export { lonelyGroup } from './lonely.js';
export { findPlace, PLACE } from './place/index.js';
export type { Group, Patience, Place } from './types.js';
