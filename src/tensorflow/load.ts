import type { Runtime } from './native/load.js';

/**
 * Makes native TensorFlow the backend of tfjs in this process (Node only), with graphs for compile(). Call it before
 * anything imports tfjs-node, and before the first tensor is made.
 *
 * @throws Failure when the runtime is not installed, with what to run
 */
export async function loadTensorflow(): Promise<Runtime> {
  // Imported here and not above: the rest of this folder also runs in browsers.
  const { loadNativeRuntime } = await import('./native/load.js');
  return loadNativeRuntime();
}
