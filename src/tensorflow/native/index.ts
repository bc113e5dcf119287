export { allReduce, receive, type Rendezvous, send } from './collectives.js';
export { watchCommunication } from './runtime/communication.js';
export { mayHaveGpu } from './runtime/gpu.js';
export { checkUnloaded, engineOfRanks, loadNativeRuntime, type Runtime } from './load.js';
export {
  camtuneHome,
  engineSources,
  enginePath,
  findTfjsNode,
  type Variant,
  hasAddon,
  TENSORFLOW_VERSION,
  type TfjsNode,
  wheelFolder,
} from './runtime/paths.js';
export { bfloat16Instructions, gainsFromBfloat16, processorInformation } from './runtime/processor.js';
export { traceInProgress } from './runtime/raw.js';
export { ringBroadcast, ringReduce } from './ring/ring.js';
