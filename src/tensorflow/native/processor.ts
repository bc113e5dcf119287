import { readFileSync } from 'node:fs';

/**
 * Which low-precision instructions a processor has.
 *
 * @param cpuinfo content of /proc/cpuinfo, flags included
 */
export function bfloat16Instructions(cpuinfo: string): string[] {
  const flags = new Set(/^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/));
  return ['avx512_bf16', 'amx_bf16'].filter((flag) => flags.has(flag));
}

/**
 * Whether convolutions run faster in bfloat16 than in float32 on a processor: with AMX, or with AMD's AVX-512 BF16.
 * Intel's AVX-512 BF16 without AMX has no more of these multiplications a cycle than of float32's, and oneDNN's kernels
 * for it took 1.6 to 2 times as long (docs/compile.md).
 *
 * @param cpuinfo content of /proc/cpuinfo
 */
export function gainsFromBfloat16(cpuinfo: string): boolean {
  const instructions = bfloat16Instructions(cpuinfo);
  return (
    instructions.includes('amx_bf16') ||
    (instructions.includes('avx512_bf16') && /^vendor_id\s*:\s*AuthenticAMD/m.test(cpuinfo))
  );
}

/**
 * Whether a processor multiplies bfloat16 in vectors (AVX-512 BF16) and has no tiles for it (AMX): filter-gradient.cc is
 * the fastest there.
 *
 * @param cpuinfo content of /proc/cpuinfo
 */
export function hasBfloat16Vectors(cpuinfo: string): boolean {
  const instructions = bfloat16Instructions(cpuinfo);
  return instructions.includes('avx512_bf16') && !instructions.includes('amx_bf16');
}

/** /proc/cpuinfo; empty where there is none. */
export function processorInformation(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}
