export { withChannels } from './group-cam.js';
export type { FoundMap, MapInputs, MapSource } from './types.js';
export { highest } from './random.js';
export { mapSources } from './sources.js';
