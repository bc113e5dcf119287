import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { classifier, toOnnx } from '../../src/models/index.js';
import { encodeNpy } from '../../src/report/index.js';

export type Precision = 'float32' | 'float16';

/** An exported network, what it is given and what has to come out. */
export function writeExported(
  to: string,
  model: LayersModel,
  image: tf.Tensor4D,
  precision: Precision,
  mapOf?: (image: tf.Tensor4D) => tf.Tensor3D,
): void {
  const network = classifier(model);
  const withMap = mapOf !== undefined;
  const bytes = toOnnx(network, { precision, withMap });
  mkdirSync(to, { recursive: true });
  writeFileSync(join(to, 'model.onnx'), bytes);
  tf.tidy(() => {
    const logits = network.logits(image);
    const arrays: Record<string, tf.Tensor> = {
      pixel_values: tf.transpose(image, [0, 3, 1, 2]),
      logits,
    };
    if (mapOf) arrays['map'] = mapOf(image);
    for (const [name, array] of Object.entries(arrays))
      writeFileSync(join(to, `${name}.npy`), encodeNpy(array.dataSync<'float32'>(), array.shape));
  });
}

export interface Found {
  case: string;
  /** Relative to the largest value. */
  logits?: number;
  map?: number;
  /** Where the map misses: how far it is from float64 here and in onnxruntime. */
  exact?: { ours: number; runtime: number };
  error?: string;
}

/** What onnxruntime makes of the exported networks in a folder; PYTHON names the Python. */
export function runExported(folder: string): Found[] {
  const peer = new URL('../export/peer.py', import.meta.url).pathname;
  const { stdout, error } = spawnSync(process.env['PYTHON'] ?? 'python3', [peer, folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
  });
  if (error) throw error;
  return stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const row = JSON.parse(line) as Record<string, number> & { case: string; error?: string };
      const relative = (name: string) =>
        name in row ? { [name]: row[name]! / (row[`${name} range`]! || 1) } : {};
      return {
        case: row.case,
        ...relative('logits'),
        ...relative('map'),
        ...('map exact' in row && { exact: { ours: row['map exact'], runtime: row['map noise']! } }),
        ...(row.error && { error: row.error }),
      };
    });
}
