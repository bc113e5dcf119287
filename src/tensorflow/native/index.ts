export { allReduce, receive, type Rendezvous, send } from './collectives.js';
export { watchCommunication } from './communication.js';
export { mayHaveGpu } from './gpu.js';
export { checkUnloaded, engineOfRanks, loadNativeRuntime, type Runtime } from './load.js';
export {
  camtuneHome,
  ENGINE_SOURCES,
  enginePath,
  findTfjsNode,
  type Variant,
  hasAddon,
  TENSORFLOW_VERSION,
  type TfjsNode,
  wheelFolder,
} from './paths.js';
export { bfloat16Instructions, gainsFromBfloat16, processorInformation } from './processor.js';
export { traceInProgress } from './raw.js';
export { ringBroadcast, ringReduce } from './ring.js';
