import type { io } from '@tensorflow/tfjs-core';
import { Failure } from '../errors.js';
import { byteLength } from './manifest.js';

/**
 * Makes sure that stored weights are finite numbers: with one that is not, a network answers NaN to every image.
 *
 * @param data as the specifications say, one weight behind the other
 * @param path for messages
 * @throws Failure that names the first weight which is not
 */
export function checkFinite(
  specs: readonly io.WeightsManifestEntry[],
  data: ArrayBuffer,
  path: string,
): void {
  let offset = 0;
  for (const spec of specs) {
    const bytes = data.slice(offset, offset + byteLength(spec)); // a copy, hence aligned
    offset += bytes.byteLength;
    if (!isFinite(spec, bytes))
      throw new Failure(`${path}: '${spec.name}' holds a value that is not a finite number`);
  }
}

function isFinite({ dtype, quantization }: io.WeightsManifestEntry, bytes: ArrayBuffer): boolean {
  if (dtype !== 'float32') return true;
  if (!quantization) return new Float32Array(bytes).every(Number.isFinite);
  if (quantization.dtype === 'float16') {
    return new Uint16Array(bytes).every((half) => (half & 0x7c00) !== 0x7c00);
  }
  const { scale = 1, min = 0 } = quantization;
  const highest = quantization.dtype === 'uint8' ? 255 : 65535;
  return [min, scale * highest + min].every((value) => Number.isFinite(Math.fround(value)));
}
