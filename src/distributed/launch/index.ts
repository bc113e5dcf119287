export type { Outcome } from './attend.js';
export { failureOf } from './failure-of.js';
export { launch, type LaunchOptions } from './launch.js';
export { LIFELINE, endWithParent } from './lifeline.js';
export { SHARE, shareFromParent, shareOut, type ShareOutOptions } from './share-out.js';
export { type Ended, reasonOf } from './worker.js';
export { type GpuList, gpusOf, workerEnvironment } from './worker-environment.js';
