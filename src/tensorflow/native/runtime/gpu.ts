import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** From Ampere on (compute capability 8.0), tensor cores multiply in bfloat16. */
const AMPERE = 8;

/**
 * TensorFlow would spread over every GPU, while the tfjs addon uploads to the last one and operations run on the first:
 * so this process sees one, unless the user says otherwise.
 */
export function seeOneGpu(environment: Record<string, string | undefined>): void {
  environment['CUDA_VISIBLE_DEVICES'] ??= '0';
}

/** What NVIDIA's driver puts there: of graphics cards, under Windows, of Jetsons. */
const DEVICES = ['/dev/nvidiactl', '/dev/dxg', '/dev/nvhost-ctrl', '/dev/nvmap'];

/** Whether this process may compute on a GPU: not where there is none, or the environment hides them all. */
export function mayHaveGpu(
  environment: Record<string, string | undefined>,
  exists: (path: string) => boolean = existsSync,
): boolean {
  const [first] = environment['CUDA_VISIBLE_DEVICES']?.split(',') ?? [];
  if (first !== undefined && ['', '-1', 'NoDevFiles'].includes(first.trim())) return false;
  return DEVICES.some(exists);
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
