import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import sharp from 'sharp';
import { classifier, type Classifier } from '../../src/models/index.js';

const folder = resolve(import.meta.dirname, '../../../shared/goldens');

export interface GoldenMethod {
  raw?: string;
  norm: string;
  mask?: string;
  blended?: string;
  alpha?: number[];
  baselineProb?: number;
  params: {
    profile: 'paper' | 'reference' | 'gradient-free';
    groups: number;
    gradientOf: string | null;
    order: string;
    blur: { taps: number; sigma: number };
    groupSizes: number[];
  };
}

export interface GoldenCase {
  image: string;
  net: string;
  classIndex: number;
  role: 'top' | 'other' | 'edge';
  gradWeights: number[];
  methods: Record<string, GoldenMethod>;
}

interface GoldenImage {
  id: string;
  net: string;
  file: string;
  logits: number[];
  softmax: number[];
  activations: string;
  blurred: Record<string, string>;
  methods: Record<string, GoldenMethod>;
}

export interface Goldens {
  nets: Record<string, { model: string; targetLayer: string }>;
  images: GoldenImage[];
  cases: GoldenCase[];
  assets: { unit: Record<'resizeIn' | 'resizeOut' | 'upsampleIn' | 'upsampleOut', string> };
  unit: {
    gaussianKernel_11_5: number[];
    percentile: { values: number[]; theta: number; result: number; kept_if_greater: number[] };
    groupSizes: Record<string, number[]>;
  };
}

/** The golden numbers, or null where this checkout has none beside it. */
export function goldens(): Goldens | null {
  const index = resolve(folder, 'goldens.json');
  return existsSync(index) ? (JSON.parse(readFileSync(index, 'utf8')) as Goldens) : null;
}

/** Reads a version 1 .npy file of little-endian numbers in C order. */
export function npy(name: string): { shape: number[]; values: number[] } {
  const bytes = readFileSync(resolve(folder, name));
  const headerLength = bytes.readUInt16LE(8);
  const header = bytes.subarray(10, 10 + headerLength).toString('latin1');
  const type = /'descr': '([^']+)'/.exec(header)![1]!;
  const shape = /'shape': \(([^)]*)\)/
    .exec(header)![1]!
    .split(',')
    .filter((part) => part.trim())
    .map(Number);
  const data = new DataView(bytes.buffer, bytes.byteOffset + 10 + headerLength);
  const read: Record<string, [number, (at: number) => number]> = {
    '<f4': [4, (at) => data.getFloat32(at, true)],
    '<f8': [8, (at) => data.getFloat64(at, true)],
    '<i4': [4, (at) => data.getInt32(at, true)],
    '|u1': [1, (at) => data.getUint8(at)],
    '|b1': [1, (at) => data.getUint8(at)],
  };
  const [size, get] = read[type]!;
  const count = shape.reduce((product, length) => product * length, 1);
  return { shape, values: Array.from({ length: count }, (_, index) => get(index * size)) };
}

/** A golden network, with its target layer, as camtune sees it. */
export async function goldenClassifier(set: Goldens, net: string): Promise<Classifier> {
  const { model, targetLayer } = set.nets[net]!;
  const { modelTopology, weightsManifest } = JSON.parse(readFileSync(resolve(folder, model), 'utf8')) as {
    modelTopology: object;
    weightsManifest: tf.io.WeightsManifestConfig;
  };
  const weights = readFileSync(resolve(folder, model, '..', weightsManifest[0]!.paths[0]!));
  const weightData = weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.length);
  const artifacts = {
    modelTopology,
    weightSpecs: weightsManifest.flatMap((group) => group.weights),
    weightData,
  };
  return classifier(await tfl.loadLayersModel(tf.io.fromMemory(artifacts)), { layer: targetLayer });
}

/** Golden images as the network sees them, [N, 64, 64, 3]. */
export async function goldenImages(files: string[]): Promise<tf.Tensor4D> {
  const pixels = await Promise.all(
    files.map((file) =>
      sharp(resolve(folder, file)).removeAlpha().raw().toBuffer({ resolveWithObject: true }),
    ),
  );
  const values = pixels.flatMap(({ data }) => Array.from(data, (pixel) => (pixel / 255 - 0.5) / 0.25));
  const { height, width } = pixels[0]!.info;
  return tf.tensor4d(values, [files.length, height, width, 3]);
}

/** The largest absolute difference of two lists of the same length. */
export function difference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  // A NaN counts as infinitely far.
  return Array.from(found).reduce((largest, value, index) => {
    const distance = Math.abs(value - expected[index]!);
    return Number.isNaN(distance) ? Infinity : Math.max(largest, distance);
  }, 0);
}
