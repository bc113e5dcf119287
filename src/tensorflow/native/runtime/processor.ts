import { readFileSync } from 'node:fs';
import type { Precision } from '../../compile.js';

/**
 * Which low-precision instructions a processor has.
 *
 * @param cpuinfo content of /proc/cpuinfo, flags included
 */
export function bfloat16Instructions(cpuinfo: string): string[] {
  const flags = flagsOf(cpuinfo);
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
  return instructions.includes('amx_bf16') || (instructions.includes('avx512_bf16') && isAmd(cpuinfo));
}

/** Which operations of our own a processor is faster with. */
export interface Gains {
  /** Precisions in which it is so with that of filter-gradient.cc. */
  filterGradients: readonly Precision[];
  /** Whether it is so with those of winograd.cc and winograd-gradient.cc. */
  winograd: boolean;
}

/** None of them. */
export const NO_GAINS: Gains = { filterGradients: [], winograd: false };

/** @param cpuinfo content of /proc/cpuinfo */
export function gainsOf(cpuinfo: string): Gains {
  return { filterGradients: ownFilterGradients(cpuinfo), winograd: gainsFromWinograd(cpuinfo) };
}

/**
 * In which precisions gradients of convolutions' weights are faster by filter-gradient.cc than by oneDNN 3.7: on AMD's
 * processors with AVX-512. On an Intel Xeon without AMX both take the same time in float32; with AMX bfloat16 has faster
 * ways.
 *
 * @param cpuinfo content of /proc/cpuinfo
 */
function ownFilterGradients(cpuinfo: string): Precision[] {
  const flags = flagsOf(cpuinfo);
  if (!isAmd(cpuinfo) || !flags.has('avx512bw')) return [];
  return flags.has('avx512_bf16') ? ['float32', 'bfloat16'] : ['float32'];
}

/** With AVX2 and with AVX-512 they take half the time of oneDNN 3.7; without vectors TensorFlow's are the better ones. */
function gainsFromWinograd(cpuinfo: string): boolean {
  const flags = flagsOf(cpuinfo);
  return ['avx2', 'fma'].every((flag) => flags.has(flag));
}

/** /proc/cpuinfo; empty where there is none. */
export function processorInformation(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}

const flagsOf = (cpuinfo: string): Set<string> =>
  new Set(/^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/));

const isAmd = (cpuinfo: string): boolean => /^vendor_id\s*:\s*AuthenticAMD/m.test(cpuinfo);
