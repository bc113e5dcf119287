import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { classifier, loadModel, toOnnx } from '../../src/models/index.js';

/** What operators.py writes. */
export interface OperatorCases {
  image: string;
  direction: string;
  cases: OperatorCase[];
}

export interface OperatorCase {
  label: string;
  /** An ONNX file. */
  model: string;
  /** All values that onnxruntime gives, or their weighted sum for each image. */
  values?: string;
  sums?: number[];
  /** Of the weighted sum of all values, along the direction. */
  slope: number | null;
}

/** How far an operator is from onnxruntime's: relative to the largest value, and to the slope. */
export interface OperatorDistance {
  values: number;
  slope: number;
}

/**
 * Runs each case; what cannot be read or computed is told by its error.
 *
 * @param exported whether the network is written as ONNX again, and what is read from that is compared
 */
export async function compareOperators(
  { image, direction, cases }: OperatorCases,
  report: (label: string, distance: OperatorDistance | Error) => void,
  exported = false,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'camtune-operators-'));
  const [images, along] = [image, direction].map((text) => tf.tensor4d(floats(text), [2, 8, 8, 3]));
  try {
    for (const each of cases) {
      try {
        const path = join(folder, 'operator.onnx');
        writeFileSync(path, Buffer.from(each.model, 'base64'));
        let { model } = await loadModel(path);
        if (exported) {
          writeFileSync(path, toOnnx(classifier(model)));
          model.dispose();
          ({ model } = await loadModel(path));
        }
        report(each.label, distanceOf(model, each, images!, along!));
        model.dispose();
      } catch (error) {
        report(each.label, error as Error);
      }
    }
  } finally {
    tf.dispose([images, along]);
    rmSync(folder, { recursive: true, force: true });
  }
}

function distanceOf(
  model: LayersModel,
  { values, sums, slope }: OperatorCase,
  images: tf.Tensor4D,
  direction: tf.Tensor4D,
): OperatorDistance {
  return tf.tidy(() => {
    const run = (x: tf.Tensor) => model.apply(x) as tf.Tensor2D;
    const found = run(images);
    const weights = tf.reshape(
      tf.tensor1d(Array.from({ length: found.size }, (_, index) => Math.cos(0.7 * index))),
      found.shape,
    );
    const apart = sums
      ? farthest(tf.sum(tf.mul(found, weights), 1).dataSync(), sums, Math.sqrt(found.size / 2))
      : farthest(found.dataSync(), floats(values!));
    if (slope === null) return { values: apart, slope: 0 };
    const gradient = gradientOf((x) => tf.sum(tf.mul(run(x), weights)), images);
    const along = tf.sum(tf.mul(gradient, direction)).dataSync()[0]!;
    return { values: apart, slope: Math.abs(along - slope) / (1 + Math.abs(slope)) };
  });
}

function gradientOf(f: (x: tf.Tensor4D) => tf.Scalar, at: tf.Tensor4D): tf.Tensor {
  return tf.grad(f as (x: tf.Tensor) => tf.Tensor)(at);
}

function farthest(found: ArrayLike<number>, expected: ArrayLike<number>, least = 0): number {
  if (found.length !== expected.length) return Infinity;
  let [most, largest] = [0, least];
  for (let index = 0; index < found.length; index++) {
    const [a, b] = [found[index]!, expected[index]!];
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    if (!Number.isFinite(a) || !Number.isFinite(b)) return Infinity;
    most = Math.max(most, Math.abs(a - b));
  }
  for (const value of Array.from(expected)) {
    if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  }
  return most === 0 ? 0 : most / (largest || 1);
}

/** float32 values as base64. */
export function floats(text: string): Float32Array {
  return new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);
}
