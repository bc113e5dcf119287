export { allReduce, type Rendezvous, receive, send, traceInProgress } from './collectives.js';
export { watchCommunication } from './communication.js';
export { checkUnloaded, loadNativeRuntime, type Runtime } from './load.js';
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
