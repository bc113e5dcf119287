import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Variant } from '../tensorflow/native/index.js';

/** A wheel that setup takes. */
export interface PinnedWheel {
  name: string;
  version: string;
  /** In hexadecimal digits. */
  sha256: string;
}

/**
 * The wheels of a variant with their SHA-256, as pip's hash-checking mode takes them. The build without CUDA has a
 * package of its own on x64; on arm64 the plain package has no CUDA.
 *
 * @param arch as process.arch: x64 or arm64
 */
export function requirementsFile(variant: Variant, arch: string): string {
  return fileURLToPath(new URL(`wheels/${variant}-${arch}.txt`, import.meta.url));
}

/**
 * The wheels that a requirements file names.
 *
 * @param path file with a line `NAME==VERSION --hash=sha256:HASH` for each
 */
export function pinnedWheels(path: string): PinnedWheel[] {
  const found = readFileSync(path, 'utf8').matchAll(/^([\w.-]+)==(\S+) --hash=sha256:([0-9a-f]{64})$/gm);
  return [...found].map(([, name, version, sha256]) => ({
    name: name!,
    version: version!,
    sha256: sha256!,
  }));
}
