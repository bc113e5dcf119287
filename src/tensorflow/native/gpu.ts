import { spawnSync } from 'node:child_process';

/** From Ampere on (compute capability 8.0), tensor cores multiply in bfloat16. */
const AMPERE = 8;

/**
 * TensorFlow would spread over every GPU, while the tfjs addon uploads to the last one and operations run on the first:
 * so this process sees one, unless the user says otherwise.
 */
export function seeOneGpu(environment: Record<string, string | undefined>): void {
  environment['CUDA_VISIBLE_DEVICES'] ??= '0';
}

/** Whether the GPU of this process computes faster in bfloat16; no where nobody tells what it is. */
export function gpuGainsFromBfloat16(environment: Record<string, string | undefined>): boolean {
  const visible = environment['CUDA_VISIBLE_DEVICES']?.split(',')[0] || '0';
  const { stdout } = spawnSync(
    'nvidia-smi',
    ['--query-gpu=compute_cap', '--format=csv,noheader', `--id=${visible}`],
    { encoding: 'utf8', timeout: 10_000 },
  );
  return hasAmpere(stdout ?? '');
}

/** @param answer what nvidia-smi says: "9.0" */
export function hasAmpere(answer: string): boolean {
  return parseFloat(answer) >= AMPERE;
}
