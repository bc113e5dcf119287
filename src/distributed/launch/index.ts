export { launch, type LaunchOptions } from './launch.js';
export { LIFELINE, endWithParent } from './lifeline.js';
export { type GpuList, gpusOf, workerEnvironment } from './worker-environment.js';
