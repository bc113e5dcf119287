export { joinGroup } from './join.js';
export { soloGroup } from './solo-group.js';
export type { Group, Patience, Place } from './types.js';
