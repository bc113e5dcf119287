export { commonRuntime } from './common-runtime.js';
export { fromFirst } from './from-first.js';
export { inGroup } from './in-group.js';
export { joined } from './joined.js';
export { quietLog } from './quiet-log.js';
export { refuseDifferences } from './refuse-differences.js';
