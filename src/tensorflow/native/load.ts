import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { commandLine } from '../../process/command-line.js';
import { Failure } from '../../errors.js';
import { COMPILER, type Compiler } from '../compile.js';
import { FUSED, registerKernels } from '../kernels/index.js';
import { nativeCompiler } from './graph/compiler.js';
import { type Engine, loadEngine, type NodeBackend } from './runtime/engine.js';
import { gpuGainsFromBfloat16, seeOneGpu } from './runtime/gpu.js';
import { enginePath, findTfjsNode, hasAddon, TENSORFLOW_VERSION } from './runtime/paths.js';
import { gainsFromBfloat16, gainsOf, processorInformation } from './runtime/processor.js';
import { type Cluster, serverDefinition } from './runtime/server-definition.js';

const require = createRequire(import.meta.url);

/** The native runtime of this process. */
export interface Runtime {
  tensorflow: string;
  device: 'cpu' | 'gpu';
  /** Whether bfloat16 is faster than float32 here. */
  bfloat16: boolean;
  /** Whether compile() runs graphs here; without, everything works, slower. */
  graphs: boolean;
  /** Why not, where it does not. */
  reason?: string;
}

const SETUP = `run \`${commandLine(['setup'])}\``;

/**
 * Makes native TensorFlow the backend of tfjs in this process, with graphs for compile(). Calling it again is free.
 *
 * @param cluster the processes to share the runtime with, for collective operations; it can be given at the first call
 *   in a process alone, since what TensorFlow has made before would be lost
 * @throws Failure when the runtime is not installed, with what to run, and when it cannot be shared
 */
export function loadNativeRuntime(cluster?: Cluster): Runtime {
  if (cluster) checkUnloaded();
  if (!loaded || loaded.backend !== tf.findBackend('tensorflow')) loaded = load(cluster);
  return loaded.runtime;
}

/** @throws Failure when TensorFlow is loaded in this process, which then cannot share it any more */
export function checkUnloaded(): void {
  if (!tf.engine().registryFactory['tensorflow']) return;
  throw new Failure(
    'native TensorFlow: it is loaded already, and cannot be shared any more; join the group before',
  );
}

interface Loaded {
  backend: object;
  runtime: Runtime;
  engine: Engine | undefined;
  /** Whether TensorFlow knows our operations. */
  fused: boolean;
}

/** What was found when it was loaded: asking the GPU again would start a program. */
let loaded: Loaded | undefined;

/**
 * The engine, for what ranks do on their CPUs.
 *
 * @throws Failure where the runtime is not loaded, computes on a GPU or lacks operations of our own
 */
export function engineOfRanks(): Engine {
  if (loaded?.engine && loaded.fused) return loaded.engine;
  const found = loaded?.runtime.device === 'gpu' ? 'a GPU; hide it with CUDA_VISIBLE_DEVICES=' : 'none';
  throw new Failure(`ranks: expected native TensorFlow ${TENSORFLOW_VERSION} on the CPU, found ${found}`);
}

function load(cluster?: Cluster): Loaded {
  const before = tf.engine().registryFactory['tensorflow'] !== undefined;
  const engine = before ? undefined : tryEngine();
  if (cluster) share(engine, cluster);
  if (!before) loadAddon(engine);
  if (cluster) checkShared(engine!, cluster);
  const backend = tf.findBackend('tensorflow') as unknown as NodeBackend & {
    [COMPILER]?: Compiler;
    [FUSED]?: boolean;
  };
  const cpuinfo = processorInformation();
  const fused = engine !== undefined && !backend.isUsingGpuDevice && registersFused(engine);
  if (fused) backend[FUSED] = true;
  if (engine?.adoptContext()) {
    const features = { fused, gains: gainsOf(cpuinfo) };
    backend[COMPILER] = nativeCompiler(engine, backend, features);
  }
  registerKernels();
  const runtime: Runtime = {
    tensorflow: backend.binding.TF_Version,
    device: backend.isUsingGpuDevice ? 'gpu' : 'cpu',
    bfloat16: backend.isUsingGpuDevice ? gpuGainsFromBfloat16(process.env) : gainsFromBfloat16(cpuinfo),
    graphs: backend[COMPILER] !== undefined,
    ...(backend[COMPILER] ? {} : { reason: before ? LOADED_FIRST : `the engine is not built: ${SETUP}` }),
  };
  return { backend, runtime, engine, fused };
}

/** Whether an address is one of this machine alone. */
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\]):\d+$/;

function share(engine: Engine | undefined, cluster: Cluster): void {
  if (!engine) throw new Failure(`native TensorFlow: ranks need the engine, which is not built; ${SETUP}`);
  // gRPC would send what is meant for other ranks to an HTTP proxy that the environment names.
  const options = process.env['TF_GRPC_DEFAULT_OPTIONS'];
  process.env['TF_GRPC_DEFAULT_OPTIONS'] = [...(options ? [options] : []), 'grpc.enable_http_proxy=0'].join();
  // What goes wrong is said once, as an error; TensorFlow would say it for every operation.
  if (process.env['CAMTUNE_DEBUG'] !== '1') process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3';
  engine.shareNextRuntime(serverDefinition(cluster), isLocal(cluster));
}

const isLocal = ({ addresses }: Cluster): boolean => addresses.every((address) => LOOPBACK.test(address));

function checkShared(engine: Engine, cluster: Cluster): void {
  const address = cluster.addresses[cluster.rank];
  let guarded: number;
  try {
    guarded = engine.guardedSockets();
  } catch (error) {
    throw new Failure(
      `rank ${cluster.rank}: TensorFlow cannot listen at ${address} (${(error as Error).message}); is the port in use?`,
    );
  }
  if (isLocal(cluster) && guarded === 0) {
    throw new Failure(
      `rank ${cluster.rank}: expected a system that restricts the port of ${address} to this machine (SO_ATTACH_FILTER), ` +
        "found none; to run without, give the machine's name instead of a loopback address",
    );
  }
}

const LOADED_FIRST = 'tfjs-node was imported before camtune/tensorflow; call loadTensorflow() first';

function tryEngine(): Engine | undefined {
  const path = enginePath();
  if (!existsSync(path)) return undefined;
  try {
    return loadEngine(path);
  } catch (error) {
    throw new Failure(
      `${path}: cannot be loaded (${(error as Error).message}); run \`${commandLine(['setup', '--rebuild'])}\``,
    );
  }
}

/** A TensorFlow whose C API lacks what that takes computes the same in more steps. */
function registersFused(engine: Engine): boolean {
  try {
    engine.registerOperations();
    return true;
  } catch {
    return false;
  }
}

function loadAddon(engine: Engine | undefined): void {
  const tfjs = findTfjsNode();
  if (!tfjs) {
    throw new Failure(
      `native TensorFlow: expected the package @tensorflow/tfjs-node-gpu, found none; ${SETUP}`,
    );
  }
  if (!hasAddon(tfjs)) {
    throw new Failure(`native TensorFlow: expected the addon of ${tfjs.name}, found none built; ${SETUP}`);
  }
  environment();
  polyfill();
  const verbose = process.env['CAMTUNE_DEBUG'] === '1';
  if (!verbose) engine?.muteStderr(true);
  try {
    require(tfjs.name);
  } catch (error) {
    throw new Failure(
      `native TensorFlow: ${tfjs.name} cannot be loaded (${(error as Error).message}); ${SETUP}`,
    );
  } finally {
    engine?.muteStderr(false);
  }
}

/** What TensorFlow reads from the environment while it loads; what the user has set stays. */
function environment(): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  // By itself TensorFlow uses oneDNN on processors with AVX-512 alone; with AVX2 a convolution takes half the time too.
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
  seeOneGpu(process.env);
}

/** tfjs-node 4.22 calls two helpers of Node's that warn since Node 22 and are gone since Node 23. */
function polyfill(): void {
  const helpers = {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: (value: unknown) => Array.isArray(value),
  };
  Object.assign(util, helpers);
}
