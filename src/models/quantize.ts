import type { io } from '@tensorflow/tfjs-core';
import { byteLength } from './manifest.js';
import { encodeFloat16 } from './weights/index.js';

/** Largest relative squared error of a kernel stored in 8 bits; all kernels in 8 bits ruin a ResNet-50. */
const tolerance = 1e-3;

/**
 * Stores weights smaller with tfjs's own quantization, chosen for each tensor: kernels in 8 bits where the relative
 * squared error stays below 1e-3, in float16 elsewhere; vectors (batch norm, biases) as they are.
 *
 * @param weights float32 artifacts, as LayersModel.save gives them
 */
export function quantize({ weightSpecs = [], weightData, ...rest }: io.ModelArtifacts): io.ModelArtifacts {
  const source = weightData as ArrayBuffer;
  let offset = 0;
  const stored = weightSpecs.map((spec) => {
    const bytes = source.slice(offset, offset + byteLength(spec));
    offset += bytes.byteLength;
    const plain = { spec, bytes: new Uint8Array(bytes) };
    if (spec.dtype !== 'float32' || spec.shape.length < 2) return plain;
    const values = new Float32Array(bytes);
    return inEightBits(spec, values) ?? inHalf(spec, values) ?? plain;
  });
  const data = Buffer.concat(stored.map(({ bytes }) => bytes));
  return {
    ...rest,
    weightSpecs: stored.map(({ spec }) => spec),
    weightData: data.buffer.slice(data.byteOffset, data.byteOffset + data.length),
  };
}

interface Stored {
  spec: io.WeightsManifestEntry;
  bytes: Uint8Array;
}

function inEightBits(spec: io.WeightsManifestEntry, values: Float32Array): Stored | undefined {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  const scale = max > min ? (max - min) / 255 : 1;
  const bytes = new Uint8Array(values.length);
  let error = 0;
  let power = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    bytes[index] = Math.round((value - min) / scale);
    error += (bytes[index]! * scale + min - value) ** 2;
    power += value ** 2;
  }
  if (!(error <= tolerance * power)) return undefined;
  return { spec: { ...spec, quantization: { dtype: 'uint8', scale, min } }, bytes };
}

function inHalf(spec: io.WeightsManifestEntry, values: Float32Array): Stored | undefined {
  if (values.some((value) => Math.abs(value) > 65504)) return undefined;
  const halves = encodeFloat16(values);
  return { spec: { ...spec, quantization: { dtype: 'float16' } }, bytes: new Uint8Array(halves.buffer) };
}
