// Exported networks in onnxruntime: npm run parity:networks -- --exported [PART OF A LABEL]
// PYTHON names a Python that has onnx and onnxruntime (requirements.txt).
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { architectureOf, architectureNames, architectures } from '../../src/models/networks/index.js';
import { classifier, loadModel, toOnnx } from '../../src/models/index.js';
import { encodeNpy } from '../../src/report/index.js';
import { loadTensorflow } from '../../src/tensorflow/index.js';
import { attentionOf, camOf } from '../export/expected.js';
import { drawWeights } from '../export/networks.js';
import { operatorCases } from './operators-main.js';
import { floats } from './operators.js';

type Precision = 'float32' | 'float16';

/** Of the largest value. */
const limits = { float32: 1e-4, float16: 2e-2 };
// What opset 17 has no operator for: the exporter says so.
const refused = /^(AveragePool dilated|Resize .*(half_pixel_symmetric|antialias))/;

// Products of 64 numbers below 1 are below what float16 holds, a remainder and an equality jump.
const noHalf = /^(ReduceProd|Mod fmod|Equal)/;

/** Prints what differs, a line for each operator and each architecture. @returns whether all agree */
export async function exportedAgree(part = ''): Promise<boolean> {
  await loadTensorflow();
  const operators = await operatorsHold(part);
  const networks = architecturesHold(part);
  return operators && networks;
}

async function operatorsHold(part: string): Promise<boolean> {
  const given = operatorCases();
  const image = tf.tensor4d(floats(given.image), [2, 8, 8, 3]);
  const worst = new Map<string, { cases: number; failed: number; float32: number; float16: number }>();
  const folder = mkdtempSync(join(tmpdir(), 'camtune-exported-'));
  const labels: string[] = [];
  const rowOf = (label: string) => {
    const operator = label.split(' ')[0]!;
    const row = worst.get(operator) ?? { cases: 0, failed: 0, float32: 0, float16: 0 };
    worst.set(operator, row);
    return row;
  };
  try {
    const path = join(folder, 'operator.onnx');
    for (const { label, model: bytes } of given.cases.filter(({ label }) => label.includes(part))) {
      const row = rowOf(label);
      row.cases++;
      try {
        writeFileSync(path, Buffer.from(bytes, 'base64'));
        const { model } = await loadModel(path);
        for (const precision of noHalf.test(label)
          ? (['float32'] as const)
          : (['float32', 'float16'] as const)) {
          write(join(folder, 'cases', String(labels.length)), model, image, precision);
          labels.push(`${label} ${precision}`);
        }
        model.dispose();
      } catch (error) {
        if (refused.test(label)) continue;
        row.failed++;
        console.log(`${label}: ${(error as Error).message.slice(0, 200)}`);
      }
    }
    for (const { case: index, logits, error } of labels.length > 0 ? run(join(folder, 'cases')) : []) {
      const label = labels[Number(index)]!;
      const precision = label.endsWith('float16') ? 'float16' : 'float32';
      const row = rowOf(label);
      row[precision] = Math.max(row[precision], logits ?? 0);
      if (logits !== undefined && logits <= limits[precision]) continue;
      row.failed++;
      console.log(`${label}: ${error ?? logits}`);
    }
  } finally {
    image.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
  if (worst.size > 0) console.log(['operator', 'cases', 'failed', 'float32', 'float16'].join('\t'));
  for (const [operator, { cases, failed, float32, float16 }] of [...worst].sort(([a], [b]) =>
    a < b ? -1 : 1,
  ))
    console.log([operator, cases, failed, float32.toExponential(1), float16.toExponential(1)].join('\t'));
  return [...worst.values()].every(({ failed }) => failed === 0);
}

function architecturesHold(part: string): boolean {
  let isFine = true;
  for (const name of architectureNames().filter((name) => name.includes(part))) {
    const { architecture, config } = architectureOf(name);
    const folder = mkdtempSync(join(tmpdir(), 'camtune-exported-'));
    try {
      const inputSize = architectures().includes(architecture) && !architecture.fixedSize ? 64 : undefined;
      const model = architecture.build(config, {
        classes: 10,
        initial: 'zeros',
        ...(inputSize && { inputSize }),
      });
      drawWeights(model);
      const side = model.inputs[0]!.shape[1]!;
      const image = tf.tidy(() =>
        tf.mul(2, tf.sin(tf.reshape(tf.range(0, 6 * side * side), [2, side, side, 3]))),
      );
      for (const precision of ['float32', 'float16'] as const)
        write(join(folder, precision), model, image as tf.Tensor4D, precision, true);
      const noise = mapNoise(model, image as tf.Tensor4D);
      tf.dispose(image);
      model.dispose();
      const found = run(folder);
      const row = found.map(({ case: precision, logits, map, error }) => {
        const limit = limits[precision as Precision];
        const holds = (logits ?? Infinity) <= limit && (map ?? 0) <= Math.max(limit, 2 * noise);
        isFine &&= holds;
        const map_ = map === undefined ? '' : `, map ${map.toExponential(1)}`;
        return `${precision}: ${error ?? `logits ${logits!.toExponential(1)}${map_}`}${holds ? '' : ' TOO FAR'}`;
      });
      console.log([name, ...row, ...(noise > 0 ? [`map moves ${noise.toExponential(1)}`] : [])].join('\t'));
      if (found.length !== 2) isFine = false;
    } catch (error) {
      isFine = false;
      console.log(`${name}: ${(error as Error).message.slice(0, 300)}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return isFine;
}

/** An exported network, what it is given and what has to come out. */
function write(
  to: string,
  model: LayersModel,
  image: tf.Tensor4D,
  precision: Precision,
  asksMap = false,
): void {
  const network = classifier(model);
  const mapOf = asksMap ? mapsOf(model) : undefined;
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

/** How the map of a network is computed here; undefined where it has none. */
function mapsOf(model: LayersModel): ((image: tf.Tensor4D) => tf.Tensor3D) | undefined {
  if (model.layers.some((layer) => layer.getClassName() === 'SelfAttention'))
    return (image) => attentionOf(model, image);
  const network = classifier(model);
  return network.linearHead && ((image) => camOf(network, image, network.logits(image)));
}

/** How far the map moves where each value of the image moves by one unit in its last place. */
function mapNoise(model: LayersModel, image: tf.Tensor4D): number {
  const mapOf = mapsOf(model);
  if (!mapOf) return 0;
  return tf.tidy(() => {
    const map = mapOf(image);
    const moved = [2 ** -23, -(2 ** -23)].map((step) => {
      const signs = tf.sign(tf.cos(tf.mul(1e4, image)));
      return tf.max(tf.abs(tf.sub(mapOf(tf.mul(image, tf.add(1, tf.mul(step, signs)))), map))).dataSync()[0]!;
    });
    return Math.max(...moved);
  });
}

interface Found {
  case: string;
  /** Relative to the largest value. */
  logits?: number;
  map?: number;
  error?: string;
}

function run(folder: string): Found[] {
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
        ...(row.error && { error: row.error }),
      };
    });
}
