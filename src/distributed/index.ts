export { joinGroup } from './join.js';
export { lonelyGroup } from './lonely.js';
export type { Group, Patience, Place } from './types.js';
