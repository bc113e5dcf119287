import type { Runtime } from './native/load.js';
import type { Cluster } from './native/runtime/server-definition.js';

/**
 * Makes native TensorFlow the backend of tfjs in this process (Node only), with graphs for compile(). Call it before
 * anything imports tfjs-node, and before the first tensor is made.
 *
 * @param cluster for joinGroup() alone: the processes to share the runtime with
 * @throws Failure when the runtime is not installed, with what to run
 */
export async function loadTensorflow(cluster?: Cluster): Promise<Runtime> {
  // Imported here and not above: the rest of this folder also runs in browsers.
  const { loadNativeRuntime } = await import('./native/load.js');
  return loadNativeRuntime(cluster);
}
