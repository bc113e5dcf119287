export type { FoundMap, MapInputs, MapSource } from './contract.js';
export { highest } from './random.js';
export { mapSources } from './sources.js';
