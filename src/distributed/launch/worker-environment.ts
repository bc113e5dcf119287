import { spawnSync } from 'node:child_process';
import { invalid } from '../../errors.js';
import type { Share } from '../../data/index.js';
import type { Environment } from '../place/index.js';
import { LIFELINE } from './lifeline.js';

/** The GPUs that workers can have, as CUDA_VISIBLE_DEVICES names them; empty where there are none. */
export type GpuList = readonly string[];

/** The GPUs that the driver knows, or those of them that the environment allows. */
export function gpusOf(environment: Environment): GpuList {
  const all = knownGpus();
  const allowed = environment['CUDA_VISIBLE_DEVICES'];
  if (all.length === 0 || allowed === undefined) return all;
  const names = allowed.split(',').map((name) => name.trim());
  // CUDA reads up to the first that is none.
  const end = names.findIndex((name) => ['', '-1', 'NoDevFiles'].includes(name));
  return end < 0 ? names : names.slice(0, end);
}

function knownGpus(): GpuList {
  const { stdout } = spawnSync('nvidia-smi', ['--query-gpu=index', '--format=csv,noheader'], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  return (stdout ?? '').split('\n').flatMap((line) => (/^\d+$/.test(line.trim()) ? [line.trim()] : []));
}

/** What a launcher around ours says is no longer true inside of it. */
const launchers = /^(TF_CONFIG$|OMPI_|PMIX?_|SLURM_PROCID$|SLURM_STEP_)/;

/**
 * The environment of a worker: a GPU of its own, or else its share of the cores. What the user has set about threads
 * stays.
 *
 * @param own what this worker is told beside
 * @throws InvalidInput where there are GPUs, but fewer than workers
 */
export function workerEnvironment(
  environment: Environment,
  { rank, size }: Share,
  { gpus, cores }: { gpus: GpuList; cores: number },
  own: Environment,
): Environment {
  if (gpus.length > 0 && gpus.length < size) {
    const fix = 'with CUDA_VISIBLE_DEVICES= they share the cores instead';
    throw invalid('--processes', `at most ${gpus.length}, the GPUs that are there`, size, fix);
  }
  const kept = Object.entries(environment).filter(([name]) => !launchers.test(name));
  const threads = String(Math.max(1, Math.floor(cores / size)));
  return {
    // What TensorFlow writes of a rank that is lost, it also throws.
    TF_CPP_MIN_LOG_LEVEL: '3',
    ...(gpus.length === 0 && {
      TF_NUM_INTRAOP_THREADS: threads,
      OMP_NUM_THREADS: threads,
      VIPS_CONCURRENCY: threads,
    }),
    ...Object.fromEntries(kept),
    ...(gpus.length > 0 && { CUDA_VISIBLE_DEVICES: gpus[rank]! }),
    ...own,
    [LIFELINE.variable]: String(LIFELINE.descriptor),
  };
}
